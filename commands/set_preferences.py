"""Say which notices reach you by which channel, and how soon; what is not named is told at once."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import DIGEST_HOUR_DEFAULT, Preferences, Timing
from domain.state import Stream

HOUR_MAX = 23


class SetPreferences(Command):
    """By kind, then by channel. `digest_hour` is the hour, in UTC, of the daily mail."""

    TARGET: ClassVar[str] = "recipient_id"
    HIMSELF: ClassVar[str | None] = "recipient_id"

    recipient_id: UUID
    timings: dict[NoticeKind, dict[Channel, Timing]]
    digest_hour: Annotated[int, Field(ge=0, le=HOUR_MAX)] = DIGEST_HOUR_DEFAULT


def reads(command: SetPreferences) -> list[Stream]:
    return [Preferences.at(command.recipient_id)]


def set_preferences(command: SetPreferences, work: Work) -> None:
    preferences = work.load(Preferences, command.recipient_id)
    work.record(preferences, preferences.state.set(command.timings, command.digest_hour))
