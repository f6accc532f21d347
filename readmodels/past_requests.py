"""Past requests: all that the policy was ever asked, what it answered, and how each ended. What a draft of a policy is tried over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import Json

from domain.approval_rules import PolicyAnswer, PolicyInput
from readmodels.question import Question


class PastRequest(NamedTuple):
    """What a draft has to know of a request: a row of queue.requests, where the columns are described."""

    position: int
    answer: PolicyAnswer
    outcome: str
    decided_by: str | None
    input: Json[PolicyInput]


class NamedRequest(NamedTuple):
    """What people want to know of it besides."""

    position: int
    approval_id: UUID
    app_id: UUID
    app_name: str
    owner_name: str | None
    product_name: str | None
    requested_at: datetime
    policy_version: int
    rule: str


BEFORE_ALL_ENDS: Final = 2**63 - 1
"""After every position: with it the newest page needs no text of its own."""


def page_of_past_requests(*, before: int = BEFORE_ALL_ENDS, limit: int) -> Question[PastRequest]:
    """List requests, the newest first: what comes in meanwhile moves no page."""
    return Question(_PAGE, PastRequest, {"before": before, "limit": limit})


def named(positions: Sequence[int]) -> Question[NamedRequest]:
    """Look up what these requests were about, the newest first."""
    return Question(_NAMED, NamedRequest, {"positions": list(positions)})


# The input as text: it is read into its own type at once.
_PAGE: Final = """
SELECT position, answer, outcome, decided_by, input::text AS input
FROM queue.requests
WHERE position < %(before)s
ORDER BY position DESC
LIMIT %(limit)s
"""
_NAMED: Final = """
SELECT position, approval_id, app_id, app_name, owner_name, product_name, requested_at, policy_version, rule
FROM queue.requests
WHERE position = ANY (%(positions)s::bigint[])
ORDER BY position DESC
"""
