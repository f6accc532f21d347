"""`launchpad inbox`: what you were told."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from adapters.cli.asked import As, Token, Url, http_as
from adapters.cli.whose import Admins, audience


def inbox(
    unread: Annotated[bool, typer.Option("--unread", help="Only what was not marked as read.")] = False,
    read: Annotated[bool, typer.Option("--read", help="Mark what is shown as read.")] = False,
    admins: Admins = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 50,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Show what you were told, the newest first.

    \b
    launchpad inbox --unread --as developer:ada
    launchpad inbox --admins --as admin:grace
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    http = http_as(as_, token, url)
    found = http.get(f"/v1/inbox?{audience(admins)}&limit={limit}&unread={str(unread).lower()}")["items"]
    if not found:
        print("Nothing here.")
        return
    table = Table("When", "What", "App", "Says", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in found:
        style = None if each["read_at"] else "bold"
        table.add_row(each["told_at"][:16].replace("T", " "), each["kind"], each["app_name"] or "", _says(each), style=style)
    Console().print(table)
    if read and (ids := [each["notice_id"] for each in found if each["read_at"] is None]):
        http.post(f"/v1/inbox/read?{audience(admins)}", {"notices": ids})


def _says(notice: dict[str, Any]) -> str:
    by = f"by {notice['at'][:16].replace('T', ' ')} UTC" if notice["at"] else ""
    return ", ".join(part for part in (by, notice["reason"] or "") if part)
