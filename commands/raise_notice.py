"""Tell people of something that happened. The worker says whom; this records it, once, whatever it would say the next time."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from commands.command import Command
from commands.work import Work
from domain.derived_ids import notice_id
from domain.limits import NOTICES_PER_OCCASION_MAX
from domain.notice import About, Notice, NoticeAddressed
from domain.notice_kind import Channel, NoticeKind
from domain.occasion import Occasion
from domain.state import Stream


class Addressed(BaseModel):
    """One recipient by one channel; `webhook_id` where that is a webhook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipient_id: UUID
    channel: Channel
    webhook_id: UUID | None = None
    due_at: AwareDatetime


class RaiseNotice(Command):
    """`concerns` names what waited for it: the event itself, or an approval that several requests go into."""

    TARGET: ClassVar[str] = "occasion_id"

    occasion_id: UUID
    kind: NoticeKind
    concerns: UUID
    about: About
    to: Annotated[tuple[Addressed, ...], Field(max_length=NOTICES_PER_OCCASION_MAX)]


def reads(command: RaiseNotice) -> list[Stream]:
    return [Occasion.at(command.occasion_id), *(Notice.at(_id_of(command, each)) for each in command.to)]


def raise_notice(command: RaiseNotice, work: Work) -> None:
    occasion = work.load(Occasion, command.occasion_id)
    if occasion.state.is_noted:
        return
    for each in command.to:
        addressed = NoticeAddressed(
            occasion_id=command.occasion_id,
            kind=command.kind.value,
            recipient_id=each.recipient_id,
            channel=each.channel.value,
            webhook_id=each.webhook_id,
            about=command.about,
            due_at=each.due_at,
        )
        notice = work.load(Notice, _id_of(command, each))
        work.record(notice, notice.state.address(addressed))
    work.record(occasion, occasion.state.note(command.kind.value, command.concerns, len(command.to)))


def _id_of(command: RaiseNotice, to: Addressed) -> UUID:
    return notice_id(command.occasion_id, to.recipient_id, to.channel.value, to.webhook_id)
