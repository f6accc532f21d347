"""The rows of the queue's tables. In all of them the key's ids are text, as in streams' names: UUID objects are slow keys of a dict."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

WAITING: Final = "waiting"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
WITHDRAWN: Final = "withdrawn"
"""What becomes of a product in an approval."""
BY_RULE: Final = "rule"
BY_PERSON: Final = "person"
ASKED: Final = "asked"
REEVALUATED: Final = "reevaluated"
STAYS_OPEN: Final = "stays_open"
"""Why the policy was asked."""


class QueueAppRow(NamedTuple):
    """What a reviewer wants to know of an app; 0014_queue.sql describes the columns of all of these."""

    app_id: str
    owner_kind: str
    owner_id: UUID
    name: str
    status: str
    rejections: int = 0
    suspensions: int = 0


class ApprovalRow(NamedTuple):
    """One approval."""

    approval_id: str
    app_id: UUID
    status: str
    opened_at: datetime
    closed_at: datetime | None = None
    assignee: UUID | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_comment: str | None = None


class CommentRow(NamedTuple):
    """One note."""

    approval_id: str
    version: int
    text: str
    commented_by: str
    commented_at: datetime


class ReviewedProductRow(NamedTuple):
    """What became of one product in an approval."""

    approval_id: str
    product_id: str
    asked_version: int
    status: str
    decided_by: str | None
    reason: str | None
    requested_at: datetime
    ended_at: datetime | None


class AnswerRow(NamedTuple):
    """One answer of the policy, with all that it looked at."""

    approval_id: str
    version: int
    position: int
    app_id: UUID
    product_id: UUID
    kind: str
    asked_by: str | None
    answered_at: datetime
    answer: str
    policy_version: int
    rule: str
    reason: str | None
    input: Mapping[str, Any]
