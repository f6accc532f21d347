"""`launchpad policy`: the approval policy, looked at, set from a file, and run over what waits."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http

policy = typer.Typer(
    no_args_is_help=True,
    help="See and set the approval policy, over HTTP: what is approved or rejected without a person.",
    epilog="launchpad policy show --as admin:grace > policy.yaml",
)


class Whole(StrEnum):
    """Policies without rules."""

    AUTO = "auto"
    MANUAL = "manual"


@policy.command()
def show(
    version: Annotated[int | None, typer.Option(help="Another one than that in force.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Print the policy in force as a file that `set` takes.

    \b
    launchpad policy show --as admin:grace > policy.yaml
    launchpad policy show --version 3
    """
    from adapters.cli.told import Told
    from adapters.policy_file import write_policy

    http = http_as(as_, token, url)
    found = http.get("/v1/policy") if version is None else next((each for each in _versions(http) if each["version"] == version), None)
    if found is None:
        raise Told(f"there is no version {version} of the policy", "launchpad policy versions lists all there are")
    typer.echo(f"# Version {found['version']}: {found['mode']}.{'' if found['rules'] else ' ' + WITHOUT_RULES[found['mode']]}")
    if found["rules"]:
        typer.echo(write_policy(found["rules"]), nl=False)


WITHOUT_RULES = {
    "auto": "Everything is approved.",
    "manual": "Everything waits for a person.",
    "conditional": "Its rules are shown to portal admins, auditors and analysts.",
}


@policy.command("set")
def set_(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="YAML or JSON; - for standard input.", show_default=False)] = None,
    mode: Annotated[Whole | None, typer.Option(help="Instead of a file: approve everything, or have people decide everything.")] = None,
    based_on: Annotated[int | None, typer.Option(help="The version that you saw; refused where another one is in force.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Put a new version in force. What waits already waits on, until it is re-evaluated.

    \b
    launchpad policy set policy.yaml --as admin:grace
    launchpad policy set --mode manual --as admin:grace
    """
    from adapters.cli.told import MISUSED, Told

    if (file is None) is (mode is None):
        raise Told("give a FILE with rules, or a --mode", code=MISUSED)
    said: dict[str, Any] = {} if based_on is None else {"based_on": based_on}
    if mode is not None:
        said["mode"] = mode.value
    else:
        said |= _written(str(file))
    http = http_as(as_, token, url)
    http.put("/v1/policy", said)
    found = http.get("/v1/policy")
    rules_said = f", {len(found['rules'])} rules" if found["rules"] else ""
    print(f"Version {found['version']} is in force: {found['mode']}{rules_said}.")
    print("What waits already, waits on: launchpad policy reevaluate --all runs this version over it.")


@policy.command("try")
def try_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="YAML or JSON; - for standard input.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many to list.")] = 20,
    against_a_person: Annotated[bool, typer.Option("--against-a-person", help="List only what a person decided otherwise.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Hold a draft against all past requests: which would have been decided otherwise? Changes nothing.

    \b
    launchpad policy try policy.yaml --as admin:grace
    launchpad policy try policy.yaml --against-a-person --as admin:grace
    """
    from rich.console import Console

    from adapters.cli.queue_tables import tried_in_detail, tried_in_short

    said = _written(file)
    only = "against_a_person" if against_a_person else "otherwise"
    found = http_as(as_, token, url).post(f"/v1/policy/try?limit={limit}&only={only}", said)
    print(f"{found['requests']} past requests: {found['otherwise']} would have been decided otherwise,", end=" ")
    print(f"{found['against_a_person']} of them against the person who decided.")
    console = Console()
    if found["turns"]:
        console.print(tried_in_short(found["turns"]))
    if found["items"]:
        console.print(tried_in_detail(found["items"]))
    if found["next"] is not None:
        print(f"These are the {limit} newest; there are more: --limit")


@policy.command()
def versions(as_: As = None, token: Token = None, url: Url = None) -> None:
    """List every version that was ever in force, the newest first.

    \b
    launchpad policy versions --as admin:grace
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("Version", "Mode", "Rules", "Set at", "By")
    for each in _versions(http_as(as_, token, url)):
        by = each["set_by"] if each["on_behalf_of"] is None else f"{each['set_by']} for person:{each['on_behalf_of']}"
        table.add_row(str(each["version"]), each["mode"], str(len(each["rules"]) or ""), each["set_at"], by)
    if table.row_count:
        Console().print(table)
    else:
        print("No policy was ever set: people decide everything.")


@policy.command()
def reevaluate(
    approvals: Annotated[list[UUID] | None, typer.Argument(metavar="APPROVAL...", help="Their ids.", show_default=False)] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Run the policy in force over open approvals; what it sends to review waits on.

    \b
    launchpad policy reevaluate a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d --as admin:grace
    launchpad policy reevaluate --all --as admin:grace
    """
    from adapters.cli.told import MISUSED, Told

    if bool(approvals) is all_:
        raise Told("name approvals, or say --all", code=MISUSED)
    http = http_as(as_, token, url)
    opened: list[tuple[str, dict[str, str]]] = [(str(each), {}) for each in approvals or []]
    if all_:
        opened = [(each["approval_id"], {"app_id": each["app_id"]}) for each in _pages(http, "/v1/approvals")]
    wrong: list[str] = []
    for approval_id, said in opened:
        try:
            http.post(f"/v1/approvals/{approval_id}/reevaluate", said)
        except Told as told:
            wrong += told.lines[:1]
    print(f"{len(opened) - len(wrong)} of {len(opened)} re-evaluated.")
    if wrong:
        raise Told(*wrong)


def _written(file: str) -> dict[str, Any]:
    """What stands in a file, as the server takes it. Raises Told."""
    from adapters.cli.told import MISUSED, Told
    from adapters.policy_file import PolicyNotRead, read_policy, written_rules

    try:
        rules = read_policy(_text(file), "stdin" if file == "-" else file)
    except PolicyNotRead as no:
        raise Told(*map(str, no.problems), code=MISUSED) from None
    return {"mode": "conditional", "rules": written_rules(rules)}


def _versions(http: Http) -> list[Any]:
    return _pages(http, "/v1/policy/versions")


def _pages(http: Http, path: str) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = http.get(f"{path}?limit=200{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def _text(file: str) -> str:
    from adapters.cli.told import MISUSED, Told

    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Told(f"{file} is not UTF-8: byte {error.start + 1}", code=MISUSED) from None
