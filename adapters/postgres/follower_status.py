"""How a follower is doing, as health and operators see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Following(StrEnum):
    """What a follower is doing."""

    STARTING = "starting"
    STANDBY = "standby"
    FOLLOWING = "following"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """A follower's health. `reason` says why it waits or failed."""

    name: str
    version: int
    state: Following = Following.STARTING
    position: int = 0
    head: int = 0
    reason: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether it follows, or stands by for the one who does."""
        return self.state in {Following.STARTING, Following.STANDBY, Following.FOLLOWING}
