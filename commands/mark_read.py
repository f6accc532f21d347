"""Mark notices of an inbox as read. The portal admins share one: what one of them has read, is read."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.limits import NOTICES_PER_COMMAND_MAX
from domain.notice import Notice
from domain.state import Stream


class MarkRead(Command):
    TARGET: ClassVar[str] = "recipient_id"
    HIMSELF: ClassVar[str | None] = "recipient_id"

    recipient_id: UUID
    notices: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=NOTICES_PER_COMMAND_MAX)]


def reads(command: MarkRead) -> list[Stream]:
    return [Notice.at(each) for each in command.notices]


def mark_read(command: MarkRead, work: Work) -> None:
    for each in command.notices:
        notice = work.load(Notice, each)
        work.record(notice, notice.state.read(command.recipient_id))
