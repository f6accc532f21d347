"""The queue: what waits for a decision, the longest first; and one approval with all that is known of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.approval_rules import PolicyInput
from readmodels.question import Question
from readmodels.seeing import OWN_OR_TEAMS, SEES_APP


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WaitingProduct(_Shown):
    """A product that waits for a decision."""

    product_id: UUID
    name: str | None
    requested_at: AwareDatetime


class OpenApproval(_Shown):
    """An approval with what waits in it. What admins note for each other is null for developers."""

    approval_id: UUID
    app_id: UUID
    app_name: str
    app_status: str
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    requested_at: AwareDatetime = Field(description="When the first product was asked for.")
    age_seconds: int = Field(description="For how long it has been open.")
    products: tuple[WaitingProduct, ...]
    owner_rejections: int = Field(description="How often products of any app of this owner were rejected before.")
    owner_suspensions: int = Field(description="How often apps of this owner were suspended before.")
    assignee: UUID | None = Field(description="The admin who looks after it: a hint, which hinders nobody.")
    assignee_name: str | None
    comments: int | None = Field(description="How many notes admins wrote.")
    last_comment: str | None
    last_comment_at: AwareDatetime | None


class ReviewedProduct(_Shown):
    """What became of a product in an approval."""

    product_id: UUID
    name: str | None
    status: str = Field(description="waiting, approved, rejected or withdrawn.")
    decided_by: str | None = Field(description="rule or person; null where nobody decided.")
    reason: str | None
    requested_at: AwareDatetime
    ended_at: AwareDatetime | None


class PolicyAnswered(_Shown):
    """What the policy answered, and all that it looked at."""

    product_id: UUID
    kind: str = Field(description="asked, reevaluated or stays_open.")
    asked_by: str | None
    answered_at: AwareDatetime
    answer: str
    policy_version: int
    rule: str
    reason: str | None
    input: PolicyInput


class Comment(_Shown):
    """A note among admins."""

    text: str
    commented_by: str
    commented_at: AwareDatetime


class ShownApproval(_Shown):
    """One approval, open or over. What the policy looked at, and what admins note for each other, is null for developers."""

    approval_id: UUID
    app_id: UUID
    app_name: str
    app_status: str
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    status: str = Field(description="open, granted, rejected or withdrawn.")
    requested_at: AwareDatetime
    closed_at: AwareDatetime | None
    products: tuple[ReviewedProduct, ...]
    owner_rejections: int
    owner_suspensions: int
    assignee: UUID | None
    assignee_name: str | None
    decided_by: str | None = Field(description="The admin who decided; null where no person did.")
    decided_at: AwareDatetime | None
    decision_comment: str | None
    answers: tuple[PolicyAnswered, ...] | None
    comments: tuple[Comment, ...] | None


class AppOfApproval(NamedTuple):
    """The app that an approval is about."""

    app_id: UUID


class AfterApproval(NamedTuple):
    """Where a page ended: the next one begins after this approval."""

    requested_at: datetime
    approval_id: UUID


THE_OLDEST: Final = AfterApproval(datetime.min.replace(tzinfo=UTC), UUID(int=0))


def page_of_open_approvals(
    *,
    seen_by: UUID | None = None,
    app_id: UUID | None = None,
    assignee: UUID | None = None,
    after: AfterApproval = THE_OLDEST,
    limit: int,
) -> Question[OpenApproval]:
    """List what waits, the longest first; of the apps that a developer sees, of one app, or what an admin looks after."""
    parameters = {"seen_by": seen_by, "app_id": app_id, "assignee": assignee, **after._asdict(), "limit": limit}
    # A text for each, so that each walks its own index.
    text = _PAGE_OF_AN_APP if app_id is not None else _PAGE_OF_ONE_S_OWN if seen_by is not None else _PAGE
    return Question(text, OpenApproval, parameters)


def one_approval(approval_id: UUID, *, seen_by: UUID | None = None) -> Question[ShownApproval]:
    """Look at one approval, open or over; where a developer asks, only if he sees its app."""
    return Question(_ONE_SEEN, ShownApproval, {"approval_id": approval_id, "seen_by": seen_by})


def app_of_approval(approval_id: UUID) -> Question[AppOfApproval]:
    """Find the app that an approval is about, as soon as the queue or the dashboard has heard of it."""
    return Question(_APP_OF, AppOfApproval, {"approval_id": approval_id})


_APP_OF: Final = """
SELECT app_id FROM queue.approval WHERE approval_id = %(approval_id)s
UNION ALL
SELECT app_id FROM dashboard.subscription WHERE approval_id = %(approval_id)s
LIMIT 1
"""
_OPEN: Final = """
SELECT approval_id, app_id, app_name, app_status, owner_kind, owner_id, owner_name, opened_at AS requested_at,
    greatest(0, extract(epoch FROM clock_timestamp() - opened_at))::int AS age_seconds,
    waiting AS products, owner_rejections, owner_suspensions, assignee, assignee_name, comments, last_comment, last_comment_at
FROM queue.approvals
WHERE status = 'open' AND (opened_at, approval_id) > (%(requested_at)s, %(approval_id)s)
    AND (%(assignee)s::uuid IS NULL OR assignee = %(assignee)s::uuid)
"""
_IN_ORDER: Final = """
ORDER BY opened_at, approval_id
LIMIT %(limit)s
"""
_OF_APP: Final = "AND app_id = %(app_id)s AND " + SEES_APP
_PAGE: Final = _OPEN + _IN_ORDER
_PAGE_OF_ONE_S_OWN: Final = _OPEN + "AND " + OWN_OR_TEAMS + _IN_ORDER
_PAGE_OF_AN_APP: Final = _OPEN + _OF_APP + _IN_ORDER
_ONE: Final = """
SELECT approval_id, app_id, app_name, app_status, owner_kind, owner_id, owner_name, status, opened_at AS requested_at, closed_at,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'product_id', reviewed.product_id,
                    'name', product.name,
                    'status', CASE
                        WHEN reviewed.status = 'waiting' AND approvals.status = 'withdrawn' THEN 'withdrawn' ELSE reviewed.status
                    END,
                    'decided_by', reviewed.decided_by,
                    'reason', reviewed.reason,
                    'requested_at', reviewed.requested_at,
                    'ended_at', coalesce(reviewed.ended_at, approvals.closed_at)
                ) ORDER BY reviewed.requested_at, product.name, reviewed.product_id
            ), '[]'
        )
        FROM queue.reviewed_product AS reviewed
        LEFT JOIN dashboard.product USING (product_id)
        WHERE reviewed.approval_id = approvals.approval_id
    ) AS products,
    owner_rejections, owner_suspensions, assignee, assignee_name, decided_by, decided_at, decision_comment,
    (
        SELECT coalesce(
            jsonb_agg(to_jsonb(said) - '{approval_id,version,position,app_id}'::text[] ORDER BY said.version), '[]'
        )
        FROM queue.answer AS said WHERE said.approval_id = approvals.approval_id
    ) AS answers,
    (
        SELECT coalesce(jsonb_agg(to_jsonb(note) - '{approval_id,version}'::text[] ORDER BY note.version), '[]')
        FROM queue.comment AS note WHERE note.approval_id = approvals.approval_id
    ) AS comments
FROM queue.approvals
WHERE approval_id = %(approval_id)s AND """
_ONE_SEEN: Final = _ONE + SEES_APP
