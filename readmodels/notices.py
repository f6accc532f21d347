"""Notices: what people are still to be told, and their inboxes. What travels to them: deliveries.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question

POSITION_MAX: Final = 2**63 - 1


class OccasionRow(NamedTuple):
    """Something that people are to be told of; 0016_notices.sql describes the columns."""

    concerns: str
    occasion_id: UUID
    kind: str
    days: int | None
    app_id: UUID | None
    stream: str
    version: int
    position: int
    due_at: datetime


class InboxRow(NamedTuple):
    """One notice in an inbox."""

    notice_id: str
    recipient_id: UUID
    position: int
    kind: str
    told_at: datetime
    read_at: datetime | None
    app_id: UUID | None
    approval_id: UUID | None
    credential_id: UUID | None
    team_id: UUID | None
    developer_id: UUID | None
    reason: str | None
    at: datetime | None
    days: int | None


class DueOccasion(NamedTuple):
    """An occasion that people are to be told of now."""

    concerns: UUID
    occasion_id: UUID
    kind: str
    days: int | None
    app_id: UUID | None
    stream: str
    version: int
    position: int
    due_at: datetime


class Doer(NamedTuple):
    """Who did something."""

    stream: str
    version: int
    principal: str
    on_behalf_of: UUID | None


class ShownNotice(BaseModel):
    """A notice, as an inbox shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notice_id: UUID
    recipient_id: UUID
    kind: str
    told_at: AwareDatetime
    read_at: AwareDatetime | None
    app_id: UUID | None
    app_name: str | None
    approval_id: UUID | None
    credential_id: UUID | None
    team_id: UUID | None
    developer_id: UUID | None
    reason: str | None
    at: AwareDatetime | None
    """The deadline or the expiry that it speaks of."""
    days: int | None
    position: int


class BeforeNotice(NamedTuple):
    """Where a page of an inbox ended: the next one goes on with what is older."""

    position: int
    notice_id: UUID


class NextOccasion(NamedTuple):
    """How long nobody has to be told anything: negative where somebody has already."""

    seconds: float | None


BEFORE_ALL: Final = DueOccasion(UUID(int=0), UUID(int=0), "", None, None, "", 0, 0, datetime(1, 1, 1, tzinfo=UTC))
THE_NEWEST: Final = BeforeNotice(POSITION_MAX, UUID(int=2**128 - 1))


def occasions_due(after: DueOccasion = BEFORE_ALL, *, limit: int) -> Question[DueOccasion]:
    """What people are to be told of now, by the database's clock; what had happened before anybody was told anything is left out."""
    return Question(_DUE, DueOccasion, {"due_at": after.due_at, "position": after.position, "concerns": after.concerns, "limit": limit})


def doers_of(places: list[tuple[str, int]]) -> Question[Doer]:
    """Who recorded these events."""
    return Question(_DOERS, Doer, {"streams": [stream for stream, _ in places], "versions": [version for _, version in places]})


def page_of_inbox(*, recipients: list[UUID], unread: bool, before: BeforeNotice = THE_NEWEST, limit: int) -> Question[ShownNotice]:
    """List what these recipients were told, the newest first."""
    return Question(_INBOX, ShownNotice, {"recipients": recipients, "unread": unread, "limit": limit, **before._asdict()})


_DUE: Final = """
SELECT concerns, occasion_id, kind, days, app_id, stream, version, occasion.position, due_at
FROM notices.occasion, notices.begun
WHERE due_at <= (SELECT clock_timestamp()) AND due_at >= (SELECT at FROM notices.begun)
    AND (occasion.position > begun.position OR due_at > begun.at)
    AND (due_at, occasion.position, concerns) > (%(due_at)s, %(position)s, %(concerns)s)
ORDER BY due_at, occasion.position, concerns
LIMIT %(limit)s
"""
_DOERS: Final = """
SELECT originator_id AS stream, originator_version AS version, principal, on_behalf_of
FROM log.events
JOIN unnest(%(streams)s::text[], %(versions)s::bigint[]) AS asked (stream, version)
    ON originator_id = asked.stream AND originator_version = asked.version
"""
_INBOX: Final = """
SELECT notice_id, recipient_id, kind, told_at, read_at, inbox.app_id, app.name AS app_name, approval_id, credential_id, team_id,
    developer_id, reason, at, days, position
FROM notices.inbox
LEFT JOIN dashboard.app ON app.app_id = inbox.app_id
WHERE recipient_id = ANY (%(recipients)s::uuid[])
    AND (NOT %(unread)s OR read_at IS NULL)
    AND (position, notice_id) < (%(position)s, %(notice_id)s)
ORDER BY position DESC, notice_id DESC
LIMIT %(limit)s
"""
