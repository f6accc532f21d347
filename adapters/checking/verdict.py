"""What a gateway is told of what was presented. Deny by default: only what is proved, and has no reason against it, is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.checking.presented import Presented
from readmodels.access import REASONS, AccessAnswer

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed only where there is no reason against it. Whose it is is told only to whoever presented the very credential."""

    reason: str | None
    presented: Presented | None = None
    """What could be read of it, proved or not."""
    answer: AccessAnswer | None = None
    """The app and its owner, once the credential was proved."""
    expires_at: datetime | None = None

    @property
    def allowed(self) -> bool:
        """Whether it opens the product."""
        return self.reason is None


def judged(presented: Presented, answer: AccessAnswer) -> Verdict:
    """What is to be told of a credential of which the database said that."""
    if not presented.is_proved_by(answer):
        return Verdict(UNKNOWN, presented)
    reason = answer.reason
    if reason is not None and reason not in REASONS:
        reason = UNKNOWN
    if reason not in {UNKNOWN, "revoked"}:
        reason = presented.reason_in_time(answer.now) or reason
    return Verdict(reason, presented, answer, min(presented.ends(answer), default=None))
