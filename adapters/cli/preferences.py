"""`launchpad preferences`: which notices reach you by which channel, and how soon."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from adapters.cli.asked import As, Token, Url, http_as
from adapters.cli.whose import Admins, audience

preferences = typer.Typer(
    no_args_is_help=True,
    help="Which notices reach you by which channel, and how soon, over HTTP.",
    epilog="launchpad preferences set approval_granted email daily --as developer:ada",
)


class Way(StrEnum):
    """The channels."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Soon(StrEnum):
    """How soon."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    OFF = "off"


@preferences.command()
def show(admins: Admins = False, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Show them all.

    \b
    launchpad preferences show --as developer:ada
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    found = http_as(as_, token, url).get(f"/v1/preferences?{audience(admins)}")
    table = Table("Notice", *Way, box=box.SIMPLE_HEAD, pad_edge=False)
    for kind, ways in found["timings"].items():
        table.add_row(kind, *(ways[way] for way in Way))
    Console().print(table)
    print(f"The daily mail goes out at {found['digest_hour']}:00 UTC.")


@preferences.command("set")
def set_(
    kind: Annotated[str, typer.Argument(metavar="NOTICE", help="A kind of notice, or all.", show_default=False)],
    way: Annotated[Way, typer.Argument(help="Which way.", show_default=False)],
    soon: Annotated[Soon, typer.Argument(help="How soon.", show_default=False)],
    admins: Admins = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Set one of them; the others stay.

    \b
    launchpad preferences set approval_granted email daily --as developer:ada
    launchpad preferences set all email off --as developer:ada
    """
    from adapters.cli.told import MISUSED, Told

    http = http_as(as_, token, url)
    found = http.get(f"/v1/preferences?{audience(admins)}")
    if kind != "all" and kind not in found["timings"]:
        raise Told(f"there is no notice called {kind}; there are: {', '.join(found['timings'])}", code=MISUSED)
    for each in found["timings"] if kind == "all" else [kind]:
        found["timings"][each][way.value] = soon.value
    http.put(f"/v1/preferences?{audience(admins)}", found)
    print(f"{kind} by {way}: {soon}.")
