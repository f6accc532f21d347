"""Approvals as tables: the queue, one in detail, and what a draft of the policy would have done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from adapters.cli.app_tables import left, state

ID_CHARACTERS = 36
Said = dict[str, Any]
"""JSON as the server says it."""


def in_queue(approvals: Sequence[Said]) -> Table:
    """One row for each approval that waits."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Approval", no_wrap=True, min_width=ID_CHARACTERS)  # Whole, to be copied, however narrow the terminal.
    for heading in ("Age", "App", "Owner", "Waiting", "With"):
        table.add_column(heading, overflow="fold")
    for each in approvals:
        products = Text("\n").join(Text(product["name"] or product["product_id"]) for product in each["products"])
        age = left(timedelta(seconds=each["age_seconds"]))
        table.add_row(each["approval_id"], age, Text(each["app_name"]), _owner(each), products, _with(each))
    return table


def in_detail(approval: Said) -> Group:
    """Everything of one approval."""
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    decided = f"{approval['decided_by'] or 'an admin'}, {_time(approval['decided_at'])}" if approval["decided_at"] else ""
    rows: list[tuple[str, Text | str]] = [
        ("Approval", approval["approval_id"]),
        ("App", Text(f"{approval['app_name']} ({approval['app_id']})") + Text(", ") + state(approval["app_status"])),
        ("Owner", _owner(approval)),
        ("Status", state(approval["status"])),
        ("Asked", _time(approval["requested_at"])),
        ("With", Text(approval["assignee_name"] or approval["assignee"] or "")),
        ("Decided by", Text(decided)),
        ("Comment", Text(approval["decision_comment"] or "")),
    ]
    for name, value in rows:
        if value:
            facts.add_row(name, value)
    products = Table("Product", "Status", "By", "Reason", "Id", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in approval["products"]:
        by, reason = Text(each["decided_by"] or ""), Text(each["reason"] or "")
        products.add_row(Text(each["name"] or ""), state(each["status"]), by, reason, each["product_id"])
    answers = Table("The policy", "Answered", "By rule", "Having looked at", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in approval["answers"] or ():
        seen = ", ".join(f"{name}: {value}" for name, value in each["input"].items() if value not in ([], {}, ""))
        answers.add_row(f"version {each['policy_version']}", each["answer"], Text(each["rule"]), Text(seen))
    notes = Table("Noted", "By", "", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in approval["comments"] or ():
        notes.add_row(_time(each["commented_at"]), Text(each["commented_by"]), Text(each["text"]))
    return Group(facts, *(table for table in (products, answers, notes) if table.row_count))


def tried_in_short(turns: Sequence[Said]) -> Table:
    """How many requests went which way, and would go which."""
    table = Table("Policy said", "Ended", "By", "Draft says", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Requests", justify="right")
    for each in turns:
        style = "bold red" if each["against_a_person"] else "bold" if each["otherwise"] else "dim"
        table.add_row(each["was"], each["outcome"], each["decided_by"] or "", each["would_be"], str(each["requests"]), style=style)
    return table


def tried_in_detail(requests: Sequence[Said]) -> Table:
    """Requests that would have been decided otherwise."""
    table = Table("Asked", "App", "Owner", "Product", "Was", "Would be", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in requests:
        ended = f"{each['was']} ({each['rule']}), {each['outcome']}" + (f" by {each['decided_by']}" if each["decided_by"] else "")
        would_be = Text(f"{each['would_be']} ({each['would_be_rule']})", style="red" if each["against_a_person"] else "")
        owner, product = Text(each["owner_name"] or each["owner_id"]), Text(each["product_name"] or each["product_id"])
        table.add_row(_time(each["requested_at"]), Text(each["app_name"]), owner, product, Text(ended), would_be)
    return table


def _owner(approval: Said) -> Text:
    said = [
        f"{count} {what}{'s' if count > 1 else ''}"
        for count, what in ((approval["owner_rejections"], "rejection"), (approval["owner_suspensions"], "suspension"))
        if count
    ]
    name = Text(approval["owner_name"] or approval["owner_id"])
    return name + Text(f"\n{', '.join(said)}", style="red") if said else name


def _with(approval: Said) -> Text:
    notes = approval["comments"]
    name = Text(approval["assignee_name"] or approval["assignee"] or "")
    if not notes:
        return name
    last = Text(f"{notes} note{'s' if notes > 1 else ''}: {approval['last_comment']}", style="dim")
    return name + Text("\n") + last if name else last


def _time(at: str | None) -> str:
    return "" if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"
