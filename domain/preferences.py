"""Preferences: which kinds of notice reach somebody by which channel, and how soon.

They have a stream of their own, since every command reads the developer's, and few read these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from domain.event import Event
from domain.notice_kind import SECURITY_KINDS, Channel, NoticeKind
from domain.refused import Refused
from domain.state import State

DIGEST_HOUR_DEFAULT: Final = 7
"""UTC: before work begins in Europe, and the evening before in America."""


class Timing(StrEnum):
    """How soon."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    """With the others of the day, in one mail."""
    OFF = "off"


class PreferencesSet(Event):
    """All of them: by kind, then by channel; what is not named is immediate. `digest_hour` is UTC."""

    timings: dict[str, dict[str, str]]
    digest_hour: int


@dataclass(frozen=True)
class Preferences(State):
    """What somebody prefers. None set: everything, at once."""

    KIND: ClassVar[str] = "preferences"

    timings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digest_hour: int = DIGEST_HOUR_DEFAULT

    def set(self, timings: Mapping[NoticeKind, Mapping[Channel, Timing]], digest_hour: int) -> list[PreferencesSet]:
        """Replace them whole."""
        for kind, channels in timings.items():
            for channel, timing in channels.items():
                if timing is Timing.DAILY and channel is not Channel.EMAIL:
                    raise Refused("not_daily", f"only mails are gathered for a day; {channel} is immediate or off")
                if channel is Channel.INBOX and timing is Timing.OFF and kind in SECURITY_KINDS:
                    raise Refused("security_notice", f"{kind} can't be switched off in the inbox: it tells of what was or will be cut off")
        spelt = {kind.value: {channel.value: timing.value for channel, timing in sorted(each.items())} for kind, each in timings.items()}
        wanted = PreferencesSet(timings=spelt, digest_hour=digest_hour)
        return [] if (wanted.timings, digest_hour) == (self.timings, self.digest_hour) else [wanted]

    def timing(self, kind: NoticeKind, channel: Channel) -> Timing:
        """How soon a notice of that kind goes that way."""
        return Timing(self.timings.get(kind, {}).get(channel, Timing.IMMEDIATE))

    def next_digest(self, now: datetime) -> datetime:
        """When the next daily mail goes out."""
        today = now.replace(hour=self.digest_hour, minute=0, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)

    def evolve(self, event: PreferencesSet) -> Preferences:
        """History is never refused: no rule may be checked here."""
        return Preferences(event.timings, event.digest_hour)
