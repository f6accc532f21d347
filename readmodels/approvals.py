"""Open approvals: what waits for a decision, of which app, since when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question
from readmodels.seeing import SEES_APP


class WaitingProduct(BaseModel):
    """A product that waits for a decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    name: str | None
    requested_at: AwareDatetime


class OpenApproval(BaseModel):
    """An approval with what waits in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approval_id: UUID
    app_id: UUID
    app_name: str
    app_status: str
    owner_id: UUID
    owner_name: str | None
    requested_at: AwareDatetime
    products: tuple[WaitingProduct, ...]


class AppOfApproval(NamedTuple):
    """The app that an approval is about."""

    app_id: UUID


class AfterApproval(NamedTuple):
    """Where a page ended: the next one begins after this approval."""

    requested_at: datetime
    approval_id: UUID


THE_OLDEST: Final = AfterApproval(datetime.min.replace(tzinfo=UTC), UUID(int=0))


def page_of_open_approvals(
    *, seen_by: UUID | None = None, app_id: UUID | None = None, after: AfterApproval = THE_OLDEST, limit: int
) -> Question[OpenApproval]:
    """List what waits, the longest first; what a developer sees, or an app's."""
    parameters = {
        "seen_by": seen_by,
        "app_id": app_id,
        "requested_at": after.requested_at,
        "approval_id": after.approval_id,
        "limit": limit,
    }
    return Question(_PAGE, OpenApproval, parameters)


def app_of_approval(approval_id: UUID) -> Question[AppOfApproval]:
    """Find the app that an approval is about, as long as one of its products went into no later one."""
    text = "SELECT app_id FROM dashboard.subscription WHERE approval_id = %(approval_id)s LIMIT 1"
    return Question(text, AppOfApproval, {"approval_id": approval_id})


_PAGE: Final = (
    """
SELECT waiting.approval_id, waiting.app_id, app.name AS app_name, app.status AS app_status, app.owner_id, owner.name AS owner_name,
    waiting.requested_at, waiting.products
FROM (
    SELECT
        subscription.approval_id,
        subscription.app_id,
        min(subscription.requested_at) AS requested_at,
        jsonb_agg(
            jsonb_build_object('product_id', subscription.product_id, 'name', product.name, 'requested_at', subscription.requested_at)
            ORDER BY subscription.requested_at, product.name, subscription.product_id
        ) AS products
    FROM dashboard.subscription
    LEFT JOIN dashboard.product USING (product_id)
    WHERE subscription.status = 'pending' AND subscription.approval_id IS NOT NULL
        AND (%(app_id)s::uuid IS NULL OR subscription.app_id = %(app_id)s::uuid)
    GROUP BY subscription.approval_id, subscription.app_id
) AS waiting
JOIN dashboard.app ON app.app_id = waiting.app_id AND app.status <> 'deleted'
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
WHERE """
    + SEES_APP
    + """
    AND (waiting.requested_at, waiting.approval_id) > (%(requested_at)s, %(approval_id)s)
ORDER BY waiting.requested_at, waiting.approval_id
LIMIT %(limit)s
"""
)
