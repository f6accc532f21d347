"""`launchpad queue`: what waits for a decision, looked at, given to somebody, noted on and decided, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as

if TYPE_CHECKING:
    pass

queue = typer.Typer(
    invoke_without_command=True,
    help="See what waits for a decision, the longest first, and decide it, over HTTP.",
    epilog="launchpad queue --as admin:grace",
)
Which = Annotated[UUID, typer.Argument(metavar="APPROVAL", help="The approval's id.", show_default=False)]
Products = Annotated[list[UUID] | None, typer.Option(metavar="PRODUCT", help="A product's id; may be given several times.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many to show.")]


@queue.callback()
def listed(
    context: typer.Context,
    limit: Limit = 50,
    assignee: Annotated[str | None, typer.Option(metavar="WHO", help="Only this admin's: an id, or the NAME of a local one.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """List what waits, the longest first.

    \b
    launchpad queue --as admin:grace
    launchpad queue --assignee grace --as admin:grace
    """
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from adapters.cli.queue_tables import in_queue

    by = "" if assignee is None else f"&assignee={_person(assignee)}"
    found = http_as(as_, token, url).get(f"/v1/approvals?limit={limit}{by}")
    if not found["items"]:
        print("Nothing waits.")
        return
    Console().print(in_queue(found["items"]))
    if found["next"] is not None:
        print(f"These are the {limit} oldest; there are more: --limit")


@queue.command()
def show(approval: Which, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Show one approval: its products, what the policy looked at and answered, notes, and the decision.

    \b
    launchpad queue show a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --as admin:grace
    """
    from rich.console import Console

    from adapters.cli.queue_tables import in_detail

    Console().print(in_detail(http_as(as_, token, url).get(f"/v1/approvals/{approval}")))


@queue.command()
def assign(
    approval: Which,
    to: Annotated[str | None, typer.Option(metavar="WHO", help="An admin: an id, or the NAME of a local one.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Nobody looks after it any more.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Say who looks after it: a hint to the others, who may decide all the same.

    \b
    launchpad queue assign a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --to grace --as admin:grace
    launchpad queue assign a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --nobody --as admin:grace
    """
    from adapters.cli.told import MISUSED, Told

    if (to is None) is not nobody:
        raise Told("say --to whom, or --nobody", code=MISUSED)
    assignee = None if to is None else str(_person(to))
    http_as(as_, token, url).post(f"/v1/approvals/{approval}/assign", {"assignee": assignee})
    print("Nobody looks after it." if to is None else f"{to} looks after it.")


@queue.command()
def comment(
    approval: Which,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="For other admins; developers never see it.", show_default=False)],
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Write a note for other admins.

    \b
    launchpad queue comment a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d "the contract is with legal" --as admin:grace
    """
    http_as(as_, token, url).post(f"/v1/approvals/{approval}/comments", {"text": text})
    print("Noted.")


@queue.command()
def decide(
    approval: Which,
    grant: Products = None,
    reject: Products = None,
    grant_all: Annotated[bool, typer.Option("--grant-all", help="Grant all that waits, as it is now.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why products are rejected; developers are told.")] = None,
    remark: Annotated[str | None, typer.Option("--comment", help="Said with the decision; developers are told.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Decide it: each product that waits is granted or rejected. Whoever comes second is told who was first.

    \b
    launchpad queue decide a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --grant-all --as admin:grace
    launchpad queue decide a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --reject 9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1 --reason "no contract"
    """
    from adapters.cli.told import MISUSED, Told

    if grant_all is bool(grant or reject):
        raise Told("name every product that waits with --grant or --reject, or say --grant-all", code=MISUSED)
    if bool(reject) is (reason is None):
        raise Told("a rejection needs a --reason, a grant has none", code=MISUSED)
    http = http_as(as_, token, url)
    if grant_all:
        found = http.get(f"/v1/approvals/{approval}")
        grant = [each["product_id"] for each in found["products"] if each["status"] == "waiting"]
        if not grant:
            by = f"{found['decided_by']} decided it at {found['decided_at']}" if found["decided_by"] else "no person decided it"
            raise Told(f"nothing waits in {approval}: {by}", f"see how it ended: launchpad queue show {approval}")
    decisions: list[dict[str, Any]] = [{"product_id": str(each), "verdict": "grant"} for each in grant or ()]
    decisions += [{"product_id": str(each), "verdict": "reject", "reason": reason} for each in reject or ()]
    said: dict[str, Any] = {"decisions": decisions} | ({} if remark is None else {"comment": remark})
    http.post(f"/v1/approvals/{approval}/decide", said)
    print(f"Decided: {len(grant or ())} granted, {len(reject or ())} rejected.")


def _person(text: str) -> UUID:
    from adapters.identity.local_issuer import developer_id

    try:
        return UUID(text)
    except ValueError:
        return developer_id(text)
