"""Record that a mail or a request has gone out with these notices: from here on nothing sends them again."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.limits import NOTICES_PER_COMMAND_MAX
from domain.notice import Notice
from domain.state import Stream


class RecordDelivery(Command):
    TARGET: ClassVar[str] = "message_id"

    message_id: UUID
    notices: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=NOTICES_PER_COMMAND_MAX)]


def reads(command: RecordDelivery) -> list[Stream]:
    return [Notice.at(each) for each in command.notices]


def record_delivery(command: RecordDelivery, work: Work) -> None:
    for each in command.notices:
        notice = work.load(Notice, each)
        work.record(notice, notice.state.deliver(command.message_id))
