"""The versions of the approval policy: who put which in force, and when. Asked of the log itself, so at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.derived_ids import POLICY_ID
from readmodels.question import Question


class PolicyVersion(BaseModel):
    """One version, as it was put in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    mode: PolicyMode
    rules: list[dict[str, Any]] = Field(description="As `policy.set.v1` takes them; what is empty there was not said.")
    set_at: AwareDatetime
    set_by: str = Field(description="The principal: person:<id>, or service:<name>@<issuer>.")
    on_behalf_of: UUID | None


def page_of_policy_versions(*, before: int, limit: int) -> Question[PolicyVersion]:
    """List versions, the newest first."""
    text = """
    SELECT version::int AS version, payload ->> 'mode' AS mode, coalesce(payload -> 'rules', '[]'::jsonb) AS rules,
        recorded_at AS set_at, principal AS set_by, on_behalf_of
    FROM log.history
    WHERE stream = %(stream)s AND version < %(before)s
    ORDER BY version DESC
    LIMIT %(limit)s
    """
    return Question(text, PolicyVersion, {"stream": ApprovalPolicy.at(POLICY_ID), "before": before, "limit": limit})
