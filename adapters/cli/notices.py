"""`launchpad notices`: mails and webhook requests: what waits, what was given up, and sending it again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as
from adapters.cli.whose import Admins, audience

notices = typer.Typer(
    no_args_is_help=True,
    help="Mails and webhook requests: what waits, what was given up, and sending it again, over HTTP.",
    epilog="launchpad notices list --status given_up --everybody --as admin:grace",
)


class Status(StrEnum):
    """Where a notice stands on its way."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@notices.command("list")
def list_(
    status: Annotated[Status | None, typer.Option(help="Only these; given_up is the dead-letter list.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Not yours alone. For portal admins.")] = False,
    admins: Admins = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 50,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """List what was or will be sent, the newest first.

    \b
    launchpad notices list --status given_up --as developer:ada
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    wanted = "" if status is None else f"&status={status.value}"
    path = f"/v1/notices?{audience(admins)}&limit={limit}&everybody={str(everybody).lower()}{wanted}"
    table = Table("Notice", "What", "By", "Is", "Tries", "Last error", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in http_as(as_, token, url).get(path)["items"]:
        table.add_row(each["notice_id"], each["kind"], each["channel"], each["status"], str(each["attempts"]), each["last_error"] or "")
    if table.row_count:
        Console().print(table)
    else:
        print("Nothing here.")


@notices.command()
def redeliver(
    notice: Annotated[UUID, typer.Argument(metavar="NOTICE", help="The notice's id.", show_default=False)],
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Send one again, now: one that was given up, or that its receiver has lost.

    \b
    launchpad notices redeliver 25d2a6e0-8a4f-5f43-9f5d-3b0c6a9e1d27 --as developer:ada
    """
    http_as(as_, token, url).post(f"/v1/notices/{notice}/redeliver", {})
    print(f"{notice} will be sent again.")
