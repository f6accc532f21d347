"""`launchpad bulk`: something done to many apps at once. A list first, which shows what would happen; then the run, with its progress."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http

bulk = typer.Typer(
    no_args_is_help=True,
    help="Do something to many apps at once, over HTTP: look at the list first, then start it.",
    epilog="launchpad bulk suspend --product 9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1 --reason 'terms changed' --as admin:grace",
)

Run = Annotated[UUID, typer.Argument(metavar="RUN", help="The run's id.", show_default=False)]
Status = Annotated[list[str] | None, typer.Option("--status", help="pending, active, rejected or suspended; may be given again.")]
Product = Annotated[UUID | None, typer.Option(help="Apps that may use this product, or wait for it.")]
Owner = Annotated[UUID | None, typer.Option(help="Apps of this developer.")]
Team = Annotated[UUID | None, typer.Option(help="Apps of this team.")]
Attribute = Annotated[
    list[str] | None, typer.Option("--attribute", metavar="NAME[=VALUE]", help="Apps that have it, with that value where one is given.")
]
OlderThan = Annotated[int | None, typer.Option(metavar="DAYS", min=0, help="Apps that were created longer ago than that.")]
Ids = Annotated[list[UUID] | None, typer.Option("--id", help="One by one: apps, or approvals where these are approved.")]
Yes = Annotated[bool, typer.Option("--yes", help="Start it at once, without a question.")]


@bulk.command()
def approve(
    product: Product = None,
    owner: Owner = None,
    team: Team = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    id_: Ids = None,
    yes: Yes = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Grant everything that waits in the approvals that fit. Nobody decides for his own app.

    \b
    launchpad bulk approve --product 9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1 --as admin:grace
    """
    criteria = _criteria(None, product, owner, team, attribute, older_than, id_)
    _ask(http_as(as_, token, url), {"action": "approve", "criteria": criteria}, yes)


@bulk.command()
def suspend(
    reason: Annotated[str, typer.Option(help="Why, for those whose apps they are.")],
    status: Status = None,
    product: Product = None,
    owner: Owner = None,
    team: Team = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    id_: Ids = None,
    yes: Yes = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Suspend the apps that fit.

    \b
    launchpad bulk suspend --owner 0f4ce0e4-2f0b-5bd0-8a5e-5d6f8b3e7a10 --reason 'spam' --as admin:grace
    """
    criteria = _criteria(status, product, owner, team, attribute, older_than, id_)
    _ask(http_as(as_, token, url), {"action": "suspend", "reason": reason, "criteria": criteria}, yes)


@bulk.command()
def reinstate(
    status: Status = None,
    product: Product = None,
    owner: Owner = None,
    team: Team = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    id_: Ids = None,
    yes: Yes = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Reinstate the apps that fit.

    \b
    launchpad bulk reinstate --status suspended --attribute tier=gold --as admin:grace
    """
    criteria = _criteria(status, product, owner, team, attribute, older_than, id_)
    _ask(http_as(as_, token, url), {"action": "reinstate", "criteria": criteria}, yes)


@bulk.command("demand-rotation")
def demand_rotation(
    deadline: Annotated[str, typer.Option(metavar="TIME", help="By when: 2027-03-01T12:00:00Z.")],
    reason: Annotated[str, typer.Option(help="Why, for those who have to rotate.")],
    then: Annotated[str, typer.Option(help="What becomes of a credential that is not rotated by then: report or revoke.")] = "report",
    status: Status = None,
    product: Product = None,
    owner: Owner = None,
    team: Team = None,
    attribute: Attribute = None,
    older_than: OlderThan = None,
    id_: Ids = None,
    yes: Yes = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Demand that the live credentials of the apps that fit be rotated. This can't be undone.

    \b
    launchpad bulk demand-rotation --product 9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1 --deadline 2027-03-01T12:00:00Z --reason 'broken into'
    """
    criteria = _criteria(status, product, owner, team, attribute, older_than, id_)
    said = {"action": "demand_rotation", "deadline": deadline, "then": then, "reason": reason, "criteria": criteria}
    _ask(http_as(as_, token, url), said, yes)


@bulk.command()
def undo(run: Run, yes: Yes = False, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Reinstate what a run has suspended, and what nobody has changed since.

    \b
    launchpad bulk undo f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80 --as admin:grace
    """
    http = http_as(as_, token, url)
    _look_and_start(http, http.post(f"/v1/bulk/{run}/undo", {}), yes)


@bulk.command()
def start(run: Run, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Start a run whose list you have looked at, and follow it to its end. Ctrl-C ends the following, not the run.

    \b
    launchpad bulk start f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80 --as admin:grace
    """
    _start(http_as(as_, token, url), run)


@bulk.command()
def follow(run: Run, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Follow a run to its end.

    \b
    launchpad bulk follow f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80 --as auditor:otto
    """
    _follow(http_as(as_, token, url), run, 0)


@bulk.command()
def stop(
    run: Run,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Do nothing more for a run; what is done stays done.

    \b
    launchpad bulk stop f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80 --reason 'the list was wrong' --as admin:grace
    """
    http_as(as_, token, url).post(f"/v1/bulk/{run}/stop", {} if reason is None else {"reason": reason})
    print("Nothing more is done for it.")


@bulk.command()
def show(
    run: Run,
    all_: Annotated[bool, typer.Option("--all", help="Every target, and not only the odd ones.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Show a run's sums, and those of its targets that are not as the others: what was refused, or was so already.

    \b
    launchpad bulk show f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80 --as auditor:otto
    """
    from adapters.cli.bulk_tables import print_items, print_run

    http = http_as(as_, token, url)
    found = http.get(f"/v1/bulk/{run}")
    print_run(found)
    print_items(http, found, everything=all_)


@bulk.command("list")
def list_(as_: As = None, token: Token = None, url: Url = None) -> None:
    """List the latest runs.

    \b
    launchpad bulk list --as admin:grace
    """
    from adapters.cli.bulk_tables import print_runs

    print_runs(http_as(as_, token, url).get("/v1/bulk?limit=50")["items"])


def _criteria(
    status: list[str] | None,
    product: UUID | None,
    owner: UUID | None,
    team: UUID | None,
    attribute: list[str] | None,
    older_than: int | None,
    ids: list[UUID] | None,
) -> dict[str, Any]:
    pairs = (each.partition("=") for each in attribute or ())
    before = None if older_than is None else (datetime.now(UTC) - timedelta(days=older_than)).isoformat()
    given = {
        "statuses": status,
        "product_id": product,
        "owner_id": owner,
        "team_id": team,
        "attributes": {name: value if given else None for name, given, value in pairs},
        "created_before": before,
        "ids": ids,
    }
    return {name: value for name, value in given.items() if value}


def _ask(http: Http, said: dict[str, Any], yes: bool) -> None:
    _look_and_start(http, http.post("/v1/bulk", said), yes)


def _look_and_start(http: Http, made: dict[str, Any], yes: bool) -> None:
    """Show the list when it is there; then start it, if that is wanted."""
    from adapters.cli.bulk_tables import print_items, print_run, when_prepared

    run = when_prepared(http, UUID(made["bulk_id"]), made["position"])
    print_run(run)
    print_items(http, run, everything=False)
    if not run["would_do"]:
        print("There is nothing to do.")
        return
    if yes or typer.confirm("Start it?"):
        _start(http, UUID(run["bulk_id"]))
    else:
        print(f"Nothing was done. Within an hour: launchpad bulk start {run['bulk_id']}")


def _start(http: Http, run: UUID) -> None:
    _follow(http, run, http.post(f"/v1/bulk/{run}/start", {})["position"])


def _follow(http: Http, run: UUID, position: int) -> None:
    from adapters.cli.bulk_tables import follow_run, print_items, print_run

    found = follow_run(http, run, position)
    print_run(found)
    print_items(http, found, everything=False)
