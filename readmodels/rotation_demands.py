"""Demanded rotations that nobody has met yet: whose credentials, until when, and which deadlines were missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question
from readmodels.seeing import SEES_APP


class OpenDemand(BaseModel):
    """A credential that is not rotated yet, though an admin wants it to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: UUID
    app_name: str
    owner_id: UUID
    owner_name: str | None
    credential_id: UUID
    key_id: str
    kind: str
    state: str
    deadline: AwareDatetime
    then: str
    reason: str | None
    missed: bool
    """Whether the deadline has passed."""


class AfterDemand(NamedTuple):
    """Where a page ended: the next one begins after this credential."""

    deadline: datetime
    credential_id: UUID


class LiveCredential(NamedTuple):
    """A credential whose rotation can be demanded."""

    app_id: UUID
    credential_id: UUID


THE_SOONEST: Final = AfterDemand(datetime.min.replace(tzinfo=UTC), UUID(int=0))


def page_of_demands(
    *, seen_by: UUID | None = None, missed: bool | None = None, after: AfterDemand = THE_SOONEST, limit: int
) -> Question[OpenDemand]:
    """List who has not rotated yet, the soonest deadline first; what a developer sees, or those that were missed, or not yet."""
    parameters = {
        "seen_by": seen_by,
        "missed": missed,
        "deadline": after.deadline,
        "credential_id": after.credential_id,
        "limit": limit,
    }
    return Question(_PAGE, OpenDemand, parameters)


def credentials_to_rotate(
    *, product_id: UUID | None, owner_id: UUID | None, deadline: datetime, then: str, reason: str, limit: int
) -> Question[LiveCredential]:
    """Find active credentials that open a product, or that an owner's apps hold, and of which this very demand is not open already."""
    parameters = {
        "product_id": product_id,
        "owner_id": owner_id,
        "deadline": deadline,
        "then": then,
        "reason": reason,
        "limit": limit,
    }
    return Question(_TO_ROTATE, LiveCredential, parameters)


_PAGE: Final = (
    """
SELECT app.app_id, app.name AS app_name, app.owner_id, owner.name AS owner_name, credentials.credential_id, credentials.key_id,
    credentials.kind, credentials.state, credentials.rotation_due_at AS deadline, credentials.rotation_then AS then,
    credentials.rotation_reason AS reason, credentials.rotation_missed_at IS NOT NULL OR credentials.rotation_due_at <= now() AS missed
FROM dashboard.credentials
JOIN dashboard.app USING (app_id)
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
WHERE credentials.rotation_due_at IS NOT NULL
    AND credentials.successor_id IS NULL
    AND (credentials.state IN ('pending', 'active') OR credentials.ended_reason = 'rotation_missed')
    AND """
    + SEES_APP
    + """
    AND (
        %(missed)s::boolean IS NULL
        OR (credentials.rotation_missed_at IS NOT NULL OR credentials.rotation_due_at <= now()) = %(missed)s::boolean
    )
    AND (credentials.rotation_due_at, credentials.credential_id) > (%(deadline)s, %(credential_id)s)
ORDER BY credentials.rotation_due_at, credentials.credential_id
LIMIT %(limit)s
"""
)
_TO_ROTATE: Final = """
SELECT credentials.app_id, credentials.credential_id
FROM dashboard.credentials
JOIN dashboard.app USING (app_id)
WHERE credentials.state = 'active'
    AND app.status <> 'deleted'
    AND ROW(credentials.rotation_due_at, credentials.rotation_then, credentials.rotation_reason)
        IS DISTINCT FROM ROW(%(deadline)s::timestamptz, %(then)s::text, %(reason)s::text)
    AND (%(owner_id)s::uuid IS NULL OR app.owner_kind IN ('developer', 'team') AND app.owner_id = %(owner_id)s::uuid)
    AND (
        %(product_id)s::uuid IS NULL
        OR EXISTS (
            SELECT FROM dashboard.subscription
            WHERE subscription.app_id = app.app_id AND subscription.product_id = %(product_id)s::uuid AND subscription.status = 'approved'
        )
    )
ORDER BY credentials.credential_id
LIMIT %(limit)s
"""
