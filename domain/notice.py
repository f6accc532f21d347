"""A notice: one recipient is told of something by one channel, until it reached him, or was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, assert_never
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.event import Event
from domain.limits import NOTICE_ATTEMPTS_MAX
from domain.notice_kind import Channel
from domain.refused import Refused
from domain.state import State

PORTAL_ADMINS: Final = UUID("5a3c8e07-0d6b-5c1e-9a44-6f2d1b7e9c30")
"""The audience of all portal admins, as a recipient: they share one inbox, one set of preferences and one list of webhooks."""


class About(BaseModel):
    """What a notice tells of: ids, times, and the reason that somebody gave. No name of a person, and no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: UUID | None = None
    approval_id: UUID | None = None
    credential_id: UUID | None = None
    team_id: UUID | None = None
    developer_id: UUID | None = None
    reason: str | None = None
    at: AwareDatetime | None = None
    """The deadline or the expiry that it speaks of."""
    days: int | None = None
    """How many days before an expiry it warns."""


class NoticeAddressed(Event):
    """`kind` and `channel` are text, so that a new kind of notice needs no new version of this event."""

    occasion_id: UUID
    kind: str
    recipient_id: UUID
    channel: str
    webhook_id: UUID | None
    about: About
    due_at: AwareDatetime


class NoticeRead(Event):
    pass


class NoticeDelivered(Event):
    """`message_id` names the mail or the request that it went with; a digest carries many notices."""

    message_id: UUID


class NoticeFailed(Event):
    """`again_at` is when it is tried again; none where it is not."""

    attempt: int
    reason: str
    again_at: AwareDatetime | None


class NoticeGivenUp(Event):
    reason: str


class NoticeRequeued(Event):
    """Somebody wants it delivered, or delivered again."""


NoticeEvent = NoticeAddressed | NoticeRead | NoticeDelivered | NoticeFailed | NoticeGivenUp | NoticeRequeued


class NoticeStatus(StrEnum):
    """Where a notice stands on its way."""

    ABSENT = "absent"
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Notice(State):
    """What past events make true of one recipient's notice by one channel."""

    KIND: ClassVar[str] = "notice"

    status: NoticeStatus = NoticeStatus.ABSENT
    recipient_id: UUID | None = None
    channel: str = ""
    is_read: bool = False
    attempts: int = 0
    """Failed ones, since it was addressed or last asked for."""
    requeued: int = 0

    def address(self, addressed: NoticeAddressed) -> list[NoticeEvent]:
        """Tell a recipient; who was told once is not told again."""
        return [addressed] if self.status is NoticeStatus.ABSENT else []

    def read(self, recipient_id: UUID) -> list[NoticeEvent]:
        self._must_be_for(recipient_id)
        if self.channel != Channel.INBOX:
            raise Refused("not_in_inbox", "only notices in an inbox are marked as read")
        return [] if self.is_read else [NoticeRead()]

    def deliver(self, message_id: UUID) -> list[NoticeEvent]:
        self._must_travel()
        return [] if self.status is NoticeStatus.DELIVERED else [NoticeDelivered(message_id=message_id)]

    def fail(self, attempt: int, reason: str, wait: timedelta | None, now: datetime) -> list[NoticeEvent]:
        """Record that an attempt failed, and try again after a while; without one, or after too many attempts, give it up."""
        self._must_travel()
        if self.status is not NoticeStatus.WAITING or attempt <= self.attempts:
            return []
        if wait is None or attempt >= NOTICE_ATTEMPTS_MAX:
            return [NoticeFailed(attempt=attempt, reason=reason, again_at=None), NoticeGivenUp(reason=reason)]
        return [NoticeFailed(attempt=attempt, reason=reason, again_at=now + wait)]

    def redeliver(self, recipient_id: UUID) -> list[NoticeEvent]:
        """Want it sent (again) now, with all its attempts before it."""
        self._must_be_for(recipient_id)
        self._must_travel()
        return [] if self.status is NoticeStatus.WAITING and not self.attempts else [NoticeRequeued()]

    def _must_be_for(self, recipient_id: UUID) -> None:
        if self.recipient_id != recipient_id:
            raise Refused("notice_unknown", "this recipient has no notice with this id")

    def _must_travel(self) -> None:
        """Refuse what no mail and no request carries."""
        if self.status is NoticeStatus.ABSENT:
            raise Refused("notice_unknown", "there is no notice with this id")
        if self.channel == Channel.INBOX:
            raise Refused("in_inbox", "this notice lies in an inbox: nothing has to carry it there")

    def evolve(self, event: NoticeEvent) -> Notice:
        """History is never refused: no rule may be checked here."""
        match event:
            case NoticeAddressed(recipient_id=recipient_id, channel=channel):
                return Notice(NoticeStatus.WAITING, recipient_id, channel)
            case NoticeRead():
                return self.but(is_read=True)
            case NoticeDelivered():
                return self.but(status=NoticeStatus.DELIVERED)
            case NoticeFailed(attempt=attempt):
                return self.but(attempts=attempt)
            case NoticeGivenUp():
                return self.but(status=NoticeStatus.GIVEN_UP)
            case NoticeRequeued():
                return self.but(status=NoticeStatus.WAITING, attempts=0, requeued=self.requeued + 1)
        assert_never(event)
