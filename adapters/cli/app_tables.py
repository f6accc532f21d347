"""Apps as tables: many in short, one in detail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from domain.owner import OwnerKind
from readmodels.apps import ShownApp, ShownCredential, ShownProduct

COLOURS = {
    "active": "green",
    "approved": "green",
    "pending": "yellow",
    "retiring": "yellow",
    "rejected": "red",
    "revoked": "red",
    "suspended": "red",
}
MARKS = {"approved": "✓", "pending": "…", "rejected": "✗"}
KINDS = {"api_key": "API key", "oauth_client": "OAuth client", "jwt": "JWT"}
KEY_ID_CHARACTERS = 32
TWO = 2
"""Units of time that people read: 6 d 23 h."""


def in_short(apps: Sequence[ShownApp]) -> Table:
    """One row for each app."""
    table = Table("App", "Owner", "Status", "Products", "Credentials", box=box.SIMPLE_HEAD, pad_edge=False)
    now = datetime.now(UTC)
    for app in apps:
        products = Text("\n").join(map(_product, app.products))
        credentials = Text("\n").join(_credential(each, now) for each in app.credentials)
        table.add_row(Text(app.name), Text(_owner(app)), state(app.status), products, credentials)
    return table


def in_detail(app: ShownApp) -> Group:
    """Everything of one app."""
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    status = state(app.status) + (f": {app.status_reason}" if app.status_reason else "")
    rows: list[tuple[str, Text | str]] = [
        ("App", Text(app.name)),
        ("Id", str(app.app_id)),
        ("Owner", Text(f"{app.owner_name or 'unknown'} ({app.owner_kind} {app.owner_id})")),
        ("Offered to", "" if app.offered_to is None else f"{app.offered_to.kind} {app.offered_to.id}"),
        ("Status", status),
        ("Description", Text(app.description)),
        ("Callback URLs", Text("\n".join(app.callback_urls))),
        ("Attributes", Text("\n".join(f"{name} = {value}" for name, value in app.attributes.items()))),
        ("Created", _time(app.created_at)),
        ("Changed", _time(app.changed_at)),
        ("Open review", str(app.open_approval_id or "")),
    ]
    for name, value in rows:
        if value:
            facts.add_row(name, value)
    products = Table("Product", "Status", "Requested", "Decided", "Reason", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in app.products:
        decided = _time(each.decided_at)
        products.add_row(
            Text(each.name or str(each.product_id)), state(each.status), _time(each.requested_at), decided, Text(each.reason or "")
        )
    credentials = credentials_table(app.credentials)
    return Group(facts, *(table for table in (products, credentials) if table.row_count))


def credentials_table(shown: Sequence[ShownCredential]) -> Table:
    """One row for each credential."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Key id", no_wrap=True, min_width=KEY_ID_CHARACTERS)  # Whole, to be copied, however narrow the terminal.
    for heading in ("Kind", "State", "Issued", "Ends"):
        table.add_column(heading, overflow="fold")
    now = datetime.now(UTC)
    for key in shown:
        table.add_row(key.key_id, KINDS.get(key.kind, key.kind), state(key.state), _time(key.issued_at), Text(_ends(key, now)))
    return table


def state(text: str) -> Text:
    """A state in its colour."""
    return Text(text, style=COLOURS.get(text, "dim"))


def _owner(app: ShownApp) -> str:
    name = app.owner_name or str(app.owner_id)
    return f"{name} (team)" if app.owner_kind == OwnerKind.TEAM else name


def _product(product: ShownProduct) -> Text:
    mark = Text(f"{MARKS.get(product.status, '·')} {product.name or product.product_id}", style=COLOURS.get(product.status, ""))
    return mark if product.status == "approved" else mark + Text(f" ({product.status})")


def _credential(credential: ShownCredential, now: datetime) -> Text:
    name = f"{KINDS.get(credential.kind, credential.kind)} {credential.key_id[:8]}… "
    more = credential.ended_reason or "" if credential.ended_at is not None else _ends(credential, now)
    return Text(name) + state(credential.state) + Text(f", {more}" if more else "", style="dim")


def _ends(credential: ShownCredential, now: datetime) -> str:
    """When it ended and why, or what it has left."""
    if credential.ended_at is not None:
        return " ".join(filter(None, [credential.ended_reason, _time(credential.ended_at)]))
    if credential.retires_at is not None:
        return f"overlap ends in {left(credential.retires_at - now)}"
    expires = None if credential.expires_at is None else f"expires in {left(credential.expires_at - now)}"
    return ", ".join(filter(None, [demanded(credential, now), expires]))


def demanded(credential: ShownCredential, now: datetime) -> str | None:
    """By when it must be rotated and what else becomes of it, or that this was missed; none where nobody demands it."""
    if credential.rotation_due_at is None or credential.successor_id is not None:
        return None
    if credential.rotation_missed_at is not None or credential.rotation_due_at <= now:
        return f"should have been rotated by {_time(credential.rotation_due_at)}"
    otherwise = "or it is cut off" if credential.rotation_then == "revoke" else "or it is reported"
    return f"rotate within {left(credential.rotation_due_at - now)}, {otherwise}"


def left(time: timedelta) -> str:
    """A duration in at most two units: 6 d 23 h."""
    seconds = max(0, int(time.total_seconds()))
    units = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((index for index, (number, _) in enumerate(units) if number), len(units) - 1)
    return " ".join(f"{number} {unit}" for number, unit in units[first : first + TWO] if number or first == len(units) - 1)


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
