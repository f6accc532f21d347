"""Findings as people and programs read them. A credential that leaked is never shown whole; a new one is, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from adapters.cli.app_tables import KINDS, state
from adapters.cli.leak_findings import Finding

PLACES_MAX: Final = 20
"""Of one credential; the JSON has them all."""
SAID: Final = {**KINDS, "access_token": "access token"}


def as_tables(findings: Sequence[Finding]) -> Group:
    """A table for each."""
    return Group(*(part for finding in findings for part in (_table(finding), Text())))


def _table(finding: Finding) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    credential = finding.found.credential
    likely = "" if credential.certain else " (by its form: a token has no checksum)"
    table.add_row("Credential", Text(credential.masked))
    table.add_row("Kind", Text(SAID[credential.kind] + likely))
    table.add_row("Credential id", str(credential.credential_id))
    places = [str(place) for place in finding.places[:PLACES_MAX]]
    if len(finding.places) > PLACES_MAX:
        places.append(f"... and at {len(finding.places) - PLACES_MAX} more places")
    table.add_row("Found in", Text("\n".join(places)))
    for name, value in _known(finding.known) if finding.known else ():
        if value:
            table.add_row(name, value)
    return table


def _known(known: dict[str, Any]) -> list[tuple[str, Text]]:
    if known["state"] == "unknown":
        return [("Server", Text("knows no such credential, or it is not yours to ask about", style="yellow"))]
    app = known["app"]
    owner = app["owner"]
    why = f" ({known['reason']})" if known["reason"] else ""
    opens = ", ".join(product["name"] or product["product_id"] for product in known["products"]) or "nothing"
    return [
        ("Genuine", _genuine(known["genuine"])),
        ("State", state(known["state"]) + Text(why)),
        ("App", Text(f"{app['name']} ({app['app_id']}, {app['status']})")),
        ("Owner", Text(f"{owner['name'] or 'unknown'} ({owner['kind']} {owner['id']})")),
        ("Opens" if known["opens"] else "Opened", Text(opens)),
        ("Client id", Text(known["client_id"] or "")),
        ("Issued", Text(_time(known["issued_at"]))),
        ("Expires", Text(_time(known["expires_at"]) or "never")),
        ("Ended", Text(_time(known["ended_at"]))),
    ]


def _genuine(genuine: bool | None) -> Text:
    if genuine is None:
        return Text("can't be told", style="yellow")
    return Text("yes", style="red") if genuine else Text("no: the key id is one of ours, the secret is another", style="green")


def done(finding: Finding) -> list[str]:
    """What was done about it; a new secret has a line to itself, to be copied from."""
    masked, replaced = finding.found.credential.masked, finding.replaced or {}
    if replaced.get("secret") is None:
        return [f"{masked}: revoked; {replaced.get('advice') or 'nothing was issued in its place'}"]
    return [f"{masked}: revoked, and replaced by {replaced['credential_id']}, shown this once:", replaced["secret"]]


def _time(text: str | None) -> str:
    return "" if text is None else text[:16].replace("T", " ") + " UTC"


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding for programs; a new secret stands in `replaced`."""
    credential = finding.found.credential
    return {
        "credential": credential.masked,
        "kind": credential.kind,
        "credential_id": str(credential.credential_id),
        "certain": credential.certain,
        "places": [place._asdict() for place in finding.places],
        "known": finding.known,
        "replaced": finding.replaced,
    }
