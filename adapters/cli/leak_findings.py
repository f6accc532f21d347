"""What was found: each credential once, with all its places, and with what a server says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.cli.http_calls import Http
from adapters.cli.leak_places import Place, Sighting, Unread
from adapters.cli.told import Told
from launchpad_client.scanning import Found

LOOKUP = "/v1/credentials/lookup"


@dataclass(slots=True)
class Finding:
    """One credential. Its text is for the server alone."""

    found: Found
    places: list[Place] = field(default_factory=list)
    known: dict[str, Any] | None = None
    """What the server says of it; none where it was not asked, or said nothing."""
    replaced: dict[str, Any] | None = None
    """What took its place; it holds the new secret."""

    @property
    def replaceable(self) -> bool:
        """Whether it is the real one, and its end is still to come."""
        return self.known is not None and bool(self.known["genuine"]) and self.known["state"] in {"pending", "active", "retiring"}


def collected(looked: Iterable[Sighting | Unread]) -> tuple[list[Finding], list[Unread]]:
    """Each credential once, in the order in which they were met, and what could not be read."""
    findings: dict[str, Finding] = {}
    unread = []
    for each in looked:
        if isinstance(each, Unread):
            unread.append(each)
        else:
            findings.setdefault(each.found.text, Finding(each.found)).places.append(each.place)
    return list(findings.values()), unread


def ask(server: Http, findings: Iterable[Finding]) -> Iterator[str]:
    """Ask the server what each of them is; gives a line for each that it does not tell."""
    for finding in findings:
        try:
            finding.known = server.post(LOOKUP, {"credential": finding.found.text})
        except Told as told:
            yield f"{finding.found.credential.masked}: {told}"


def replace(server: Http, finding: Finding) -> dict[str, Any]:
    """Revoke it and issue anew; what stands in its place, with the new secret. Raises Told."""
    known = finding.known or {}
    replaced: dict[str, Any] = server.post(f"/v1/apps/{known['app']['app_id']}/credentials/{known['credential_id']}/replace-leaked", {})
    return replaced
