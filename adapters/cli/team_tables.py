"""Teams as tables: teams, members, secrets that somebody was shown, offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rich import box
from rich.table import Table
from rich.text import Text

from adapters.cli.app_tables import KEY_ID_CHARACTERS, KINDS, state

UUID_CHARACTERS = 36


def teams_table(found: Sequence[dict[str, Any]]) -> Table:
    """One row for each team."""
    table = _table("Id", "Name", "Members", "Invited", "Apps")
    for each in found:
        joined = sum(member["joined_at"] is not None for member in each["members"])
        table.add_row(each["team_id"], Text(each["name"]), str(joined), str(len(each["members"]) - joined), str(each["apps"]))
    return table


def members_table(members: Sequence[dict[str, Any]]) -> Table:
    """One row for each member, and for each who is invited."""
    table = _table("Id", "Name", "Role", "Since")
    for each in members:
        role = each["role"] if each["status"] != "deactivated" else f"{each['role']} (deactivated)"
        since = each["joined_at"][:16].replace("T", " ") if each["joined_at"] else "invited"
        table.add_row(each["developer_id"], Text(each["name"] or "unknown"), role, since)
    return table


def secrets_table(found: Sequence[dict[str, Any]]) -> Table:
    """One row for each credential whose secret somebody was shown."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Key id", no_wrap=True, min_width=KEY_ID_CHARACTERS)
    for heading in ("App", "Kind", "State", "To be rotated by"):
        table.add_column(heading, overflow="fold")
    for each in found:
        due = (each["rotation_due_at"] or "")[:16].replace("T", " ")
        table.add_row(each["key_id"], Text(each["app_name"]), KINDS.get(each["kind"], each["kind"]), state(each["state"]), due)
    return table


def offers_table(found: Sequence[dict[str, Any]]) -> Table:
    """One row for each offer."""
    table = _table("Id", "App", "For", "What", "State", "Until")
    for each in found:
        what = KINDS.get(each["kind"], each["kind"]) if each["kind"] else f"successor of {UUID(each['rotates']).hex[:8]}…"
        app, member = Text(each["app_name"] or ""), Text(each["member_name"] or each["member"])
        table.add_row(each["offer_id"], app, member, what, state(each["state"]), each["until"][:16].replace("T", " "))
    return table


def _table(first: str, *more: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True, min_width=UUID_CHARACTERS)  # Whole, to be copied, however narrow the terminal.
    for heading in more:
        table.add_column(heading, overflow="fold")
    return table
