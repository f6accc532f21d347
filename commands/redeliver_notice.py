"""Send a notice again: one that was given up, or that the receiver has lost."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.work import Work
from domain.notice import Notice
from domain.state import Stream


class RedeliverNotice(Command):
    TARGET: ClassVar[str] = "recipient_id"
    HIMSELF: ClassVar[str | None] = "recipient_id"

    recipient_id: UUID
    notice_id: UUID


def reads(command: RedeliverNotice) -> list[Stream]:
    return [Notice.at(command.notice_id)]


def redeliver_notice(command: RedeliverNotice, work: Work) -> None:
    notice = work.load(Notice, command.notice_id)
    work.record(notice, notice.state.redeliver(command.recipient_id))
