"""Record that an attempt to deliver notices has failed, and when the next one comes; after too many, or without one, they are given up."""

from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from commands.command import Command
from commands.fields import Reason
from commands.work import Work
from domain.limits import NOTICE_ATTEMPTS_MAX, NOTICES_PER_COMMAND_MAX
from domain.notice import Notice
from domain.state import Stream


class Attempt(BaseModel):
    """Which attempt of which notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notice_id: UUID
    attempt: Annotated[int, Field(ge=1, le=NOTICE_ATTEMPTS_MAX)]
    wait: timedelta | None


class RecordFailure(Command):
    """`wait` is how long until the next attempt; none where another one would fail as well."""

    TARGET: ClassVar[str] = "message_id"

    message_id: UUID
    notices: Annotated[tuple[Attempt, ...], Field(min_length=1, max_length=NOTICES_PER_COMMAND_MAX)]
    reason: Reason


def reads(command: RecordFailure) -> list[Stream]:
    return [Notice.at(each.notice_id) for each in command.notices]


def record_failure(command: RecordFailure, work: Work) -> None:
    for each in command.notices:
        notice = work.load(Notice, each.notice_id)
        work.record(notice, notice.state.fail(each.attempt, command.reason, each.wait, work.now))
