"""Revocation after revocation, each checked in every way on every verifier once it is acknowledged, while others ask all the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.http.revocation.credentials import Issued, Sender
from tests.http.revocation.gateways import WAYS, Gateway
from tests.http.revocation.load import Load, Seen
from tests.http.revocation.verifiers import Verifier

BATCH = 10
"""Revoked in one transaction, then checked."""
CHECKS_OF_EACH = 10
"""After the acknowledgement, on two verifiers; in truth twelve."""
LOADS_EACH = 1
Revoke = Callable[[Issued, Sequence[str]], Seen]
"""Revokes those, and says what checks saw that were its own."""


@dataclass
class Proof:
    """Verifiers under load, whatever befalls them."""

    verifiers: Sequence[Verifier]
    sender: Sender
    token: str
    seed: int
    counted: Callable[[str, object], None]
    """Is told what the proof has seen."""
    _stack: ExitStack = field(default_factory=ExitStack)

    def gateway(self, verifier: Verifier) -> Gateway:
        """One more connection, for as long as the proof runs."""
        return self._stack.enter_context(Gateway(verifier, self.token, self.sender.product_id))

    def holds_for(self, count: int, revoke: Revoke | None = None) -> None:
        """Pass if of so many credentials each was allowed before it was revoked, and never by a check that started after."""
        with self._stack:
            issued = self.sender.issue(count)
            load = Load([self.gateway(each) for each in self.verifiers for _ in range(LOADS_EACH)], issued, self.seed)
            with load:
                allowed_before, seen = self._revoke_all(issued, revoke or self.revoke)
            in_order, under_load = seen.after, load.seen.after
            seen.add(load.seen)
            for what, number in (("revocations", len(issued.revoked)), ("checks after", seen.after), ("late acceptances", len(seen.late))):
                self.counted(what, number)
        assert seen.late == [], "allowed, though the check began after the revocation was acknowledged"
        assert len(issued.revoked) == count
        assert allowed_before == count * len(self.verifiers), "what was not revoked yet was open"
        assert in_order >= count * CHECKS_OF_EACH
        assert under_load > 0
        assert load.seen.allowed > 0

    def revoke(self, issued: Issued, texts: Sequence[str]) -> Seen:
        """Revoke as anybody does."""
        self.sender.revoke(issued, texts)
        return Seen()

    def _revoke_all(self, issued: Issued, revoke: Revoke) -> tuple[int, Seen]:
        seen, allowed_before, texts = Seen(), 0, list(issued.of_app)
        gateways = [self.gateway(each) for each in self.verifiers]
        with ThreadPoolExecutor(len(gateways)) as at_once:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                allowed_before += sum(sum(gateway.allows_all(batch)) for gateway in gateways)
                seen.add(revoke(issued, batch))
                for each in at_once.map(_checked, gateways, [batch] * len(gateways)):
                    seen.add(each)
        return allowed_before, seen


def _checked(gateway: Gateway, revoked: Sequence[str]) -> Seen:
    """Six checks of each, in four ways."""
    seen = Seen()
    for text in revoked:
        for way in ("verify", "forward_auth"):
            seen.note(text, allowed=gateway.allows(way, text), was_revoked=True)
    for text, allowed in zip(revoked, gateway.allows_all(revoked), strict=True):
        seen.note(text, allowed=allowed, was_revoked=True)
    for text in revoked:
        for way in WAYS:
            seen.note(text, allowed=gateway.allows(way, text), was_revoked=True)
    return seen
