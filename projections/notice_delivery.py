"""What travels to people: mails and webhook requests, from the moment they are addressed until they are there or were given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from domain.event import Event
from domain.notice import NoticeAddressed, NoticeDelivered, NoticeFailed, NoticeGivenUp, NoticeRequeued
from domain.notice_kind import Channel
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.deliveries import DeliveryRow

Row = DeliveryRow | None
EVENTS: Final = frozenset[type[Event]]({NoticeAddressed, NoticeDelivered, NoticeFailed, NoticeGivenUp, NoticeRequeued})
WAITING: Final = "waiting"


def keys(recorded: Recorded[Any]) -> Sequence[str]:
    match recorded.event:
        case NoticeAddressed(channel=Channel.INBOX):
            return ()
        case _:
            return (recorded.id_text,)


def fold(row: Row, recorded: Recorded[Any]) -> Row:
    match row, recorded.event:
        case None, NoticeAddressed() as addressed:
            return DeliveryRow(
                notice_id=recorded.id_text,
                recipient_id=addressed.recipient_id,
                channel=addressed.channel,
                webhook_id=addressed.webhook_id,
                kind=addressed.kind,
                occasion_id=addressed.occasion_id,
                position=recorded.position,
                told_at=recorded.recorded_at,
                status=WAITING,
                due_at=addressed.due_at,
                attempts=0,
                requeued=0,
                last_error=None,
                message_id=None,
                ended_at=None,
                **dict(addressed.about),
            )
        case DeliveryRow(), NoticeDelivered(message_id=message_id):
            return row._replace(status="delivered", message_id=message_id, ended_at=recorded.recorded_at)
        case DeliveryRow(due_at=due_at), NoticeFailed(attempt=attempt, reason=reason, again_at=again_at):
            return row._replace(attempts=attempt, last_error=reason, due_at=again_at or due_at)
        case DeliveryRow(), NoticeGivenUp(reason=reason):
            return row._replace(status="given_up", last_error=reason, ended_at=recorded.recorded_at)
        case DeliveryRow(requeued=requeued), NoticeRequeued():
            at = recorded.recorded_at
            return row._replace(status=WAITING, due_at=at, attempts=0, requeued=requeued + 1, ended_at=None)
        case _:
            raise OutOfPlace(row, recorded)


delivery = Projection(name="delivery", row=DeliveryRow, events=EVENTS, keys=keys, fold=fold)
