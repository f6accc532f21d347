"""What is on its way to people: mails and webhook requests that wait, and those that were given up."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.notices import BeforeNotice
from readmodels.question import Question

FLOOD_MAILS_MAX: Final = 5
"""After so many mails within FLOOD_SECONDS, what is not urgent waits and comes together."""
FLOOD_SECONDS: Final = 3_600


class DeliveryRow(NamedTuple):
    """One notice that travels; 0016_notices.sql describes the columns."""

    notice_id: str
    recipient_id: UUID
    channel: str
    webhook_id: UUID | None
    kind: str
    occasion_id: UUID
    position: int
    told_at: datetime
    app_id: UUID | None
    approval_id: UUID | None
    credential_id: UUID | None
    team_id: UUID | None
    developer_id: UUID | None
    reason: str | None
    at: datetime | None
    days: int | None
    status: str
    due_at: datetime
    attempts: int
    requeued: int
    last_error: str | None
    message_id: UUID | None
    ended_at: datetime | None


class DueDelivery(NamedTuple):
    """One notice that shall go out now."""

    notice_id: UUID
    recipient_id: UUID
    webhook_id: UUID | None
    kind: str
    occasion_id: UUID
    told_at: datetime
    app_id: UUID | None
    approval_id: UUID | None
    credential_id: UUID | None
    team_id: UUID | None
    developer_id: UUID | None
    reason: str | None
    at: datetime | None
    days: int | None
    attempts: int
    requeued: int


class Recipient(NamedTuple):
    """Who shall be written to."""

    recipient_id: UUID


class ShownDelivery(BaseModel):
    """A mail or a webhook request, as its recipient or an admin sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notice_id: UUID
    recipient_id: UUID
    channel: str
    webhook_id: UUID | None
    kind: str
    told_at: AwareDatetime
    status: str
    due_at: AwareDatetime
    attempts: int
    last_error: str | None
    ended_at: AwareDatetime | None
    position: int


class OnTheWay(NamedTuple):
    """How many notices wait although they are due, since when, and how many were given up."""

    due: int
    seconds: float
    given_up: int


def recipients_of_due_mails(*, urgent: list[str], limit: int) -> Question[Recipient]:
    """Who has a mail due now; whoever has had many lately waits, unless something urgent came."""
    values = {"urgent": urgent, "limit": limit, "flood": FLOOD_MAILS_MAX, "flood_seconds": FLOOD_SECONDS}
    return Question(_MAIL_RECIPIENTS, Recipient, values)


def mails_for(recipient_id: UUID, *, gather_seconds: float, limit: int) -> Question[DueDelivery]:
    """All that goes into his next mail: what is due, and what will be in a moment."""
    return Question(_MAILS, DueDelivery, {"recipient_id": recipient_id, "gather_seconds": gather_seconds, "limit": limit})


def requests_due(*, each: int, limit: int) -> Question[DueDelivery]:
    """Webhook requests that are due now, the longest due first, and so many of each receiver at most."""
    return Question(_REQUESTS, DueDelivery, {"each": each, "limit": limit})


def page_of_deliveries(*, recipients: list[UUID] | None, status: str | None, before: BeforeNotice, limit: int) -> Question[ShownDelivery]:
    """List deliveries, the newest first: of these recipients, or of all."""
    return Question(_PAGE, ShownDelivery, {"recipients": recipients, "status": status, "limit": limit, **before._asdict()})


def on_the_way(*, urgent: list[str]) -> Question[OnTheWay]:
    """How much waits, and how long the oldest has been late; mails that are held back, since there were many, are not."""
    return Question(_ON_THE_WAY, OnTheWay, {"urgent": urgent, "flood": FLOOD_MAILS_MAX, "flood_seconds": FLOOD_SECONDS})


_LATELY: Final = """(
    SELECT count(DISTINCT message_id) FROM notices.delivery AS sent
    WHERE sent.recipient_id = waiting.recipient_id AND sent.channel = 'email' AND sent.status = 'delivered'
        AND sent.ended_at > clock_timestamp() - make_interval(secs => %(flood_seconds)s)
)"""
_MAIL_RECIPIENTS: Final = f"""
SELECT recipient_id FROM (
    SELECT recipient_id, min(due_at) AS due_at, bool_or(kind = ANY (%(urgent)s::text[])) AS urgent
    FROM notices.delivery WHERE channel = 'email' AND status = 'waiting' AND due_at <= (SELECT clock_timestamp())
    GROUP BY recipient_id
) AS waiting
WHERE urgent OR {_LATELY} < %(flood)s
ORDER BY due_at
LIMIT %(limit)s
"""  # noqa: S608 - our own names
_COLUMNS: Final = """notice_id, recipient_id, webhook_id, kind, occasion_id, told_at, app_id, approval_id, credential_id, team_id,
    developer_id, reason, at, days, attempts, requeued"""
_MAILS: Final = f"""
SELECT {_COLUMNS} FROM notices.delivery
WHERE recipient_id = %(recipient_id)s AND channel = 'email' AND status = 'waiting'
    AND (
        due_at <= clock_timestamp()
        OR attempts = 0 AND due_at <= clock_timestamp() + make_interval(secs => %(gather_seconds)s)
    )
ORDER BY position, notice_id
LIMIT %(limit)s
"""  # noqa: S608 - our own names
# A receiver that is away has many that wait: they must not push those of others off the page.
_REQUESTS: Final = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, row_number() OVER (PARTITION BY webhook_id ORDER BY due_at, notice_id) AS turn
    FROM notices.delivery WHERE channel = 'webhook' AND status = 'waiting' AND due_at <= (SELECT clock_timestamp())
) AS due
WHERE turn <= %(each)s
ORDER BY turn, due_at, notice_id
LIMIT %(limit)s
"""  # noqa: S608 - our own names
_PAGE: Final = """
SELECT notice_id, recipient_id, channel, webhook_id, kind, told_at, status, due_at, attempts, last_error, ended_at, position
FROM notices.delivery
WHERE (%(recipients)s::uuid[] IS NULL OR recipient_id = ANY (%(recipients)s::uuid[]))
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (position, notice_id) < (%(position)s, %(notice_id)s)
ORDER BY position DESC, notice_id DESC
LIMIT %(limit)s
"""
_ON_THE_WAY: Final = f"""
SELECT
    count(*) FILTER (WHERE status = 'waiting') AS due,
    coalesce(max(extract(epoch FROM clock_timestamp() - due_at)) FILTER (
        WHERE status = 'waiting' AND (channel <> 'email' OR kind = ANY (%(urgent)s::text[]) OR {_LATELY} < %(flood)s)
    ), 0)::float8 AS seconds,
    count(*) FILTER (WHERE status = 'given_up') AS given_up
FROM notices.delivery AS waiting
WHERE status = 'given_up' OR status = 'waiting' AND due_at <= (SELECT clock_timestamp())
"""  # noqa: S608 - our own names
