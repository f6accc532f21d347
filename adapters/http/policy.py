"""The approval policy under /v1/policy: what is decided without a person, and every version that ever was in force."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, Page, after, all_of, only_known, page, state_of, versioned
from adapters.http.bodies import OutcomeOut
from adapters.http.described import takes
from adapters.http.examples import DATA
from adapters.http.outcomes import written
from adapters.http.problems import Problem
from adapters.http.who import asks
from adapters.http.writing import WriteIf
from adapters.policy_file import written_rules
from commands.principal import Principal
from commands.set_approval_policy import VERSION_MAX
from commands.who_may import may_see_all_apps
from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.approval_rules import Rule
from domain.derived_ids import POLICY_ID
from readmodels.policy_versions import PolicyVersion, page_of_policy_versions

routes = APIRouter(prefix="/v1/policy", tags=["policy"], dependencies=[Depends(asks), Depends(only_known)])
Asks = Annotated[Principal, Depends(asks)]


class Policy(BaseModel):
    """The policy in force. Version 0 is the one before any was set: manual."""

    model_config = ConfigDict(
        title="Policy",
        json_schema_extra={"examples": [{"version": 3, "mode": "conditional", "rules": DATA["policy.set.v1"]["rules"]}]},
    )

    version: int
    mode: PolicyMode
    rules: list[dict[str, Any]] | None = Field(
        description="As `policy.set.v1` takes them. Null for developers: what lets an app in is nothing to be fitted to."
    )


class AfterVersion(NamedTuple):
    """Where a page ended: the next one begins before this version."""

    version: int


THE_NEWEST: Final = AfterVersion(VERSION_MAX)


@routes.get("", response_model=Policy, summary="The approval policy in force")
async def policy(request: Request, principal: Asks) -> Response:
    """Look at it: from the log itself, so at once. Its ETag is what If-Match takes."""
    found, version = await state_of(request, ApprovalPolicy, POLICY_ID)
    rules = written_rules(found.rules) if may_see_all_apps(principal) else None
    return versioned(request, Policy(version=found.version, mode=found.mode, rules=rules), version)


@routes.get("/versions", response_model=Page[PolicyVersion], summary="Every approval policy that was in force, a page at a time")
async def versions(request: Request, principal: Asks, cursor: Cursor = None, limit: Limit = PAGE_DEFAULT) -> Response:
    """List them, the newest first, with who set each and when. For portal admins, auditors and analysts."""
    if not may_see_all_apps(principal):
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "the policy's versions are for portal admins, auditors and analysts")
    before = after(cursor, AfterVersion, THE_NEWEST).version
    found = await all_of(request, page_of_policy_versions(before=before, limit=limit + 1))
    shown = [each.model_copy(update={"rules": written_rules([Rule.model_validate(rule) for rule in each.rules])}) for each in found]
    return page(shown, limit, lambda last: AfterVersion(last.version))


@routes.put("", response_model=OutcomeOut, summary="Put a new approval policy in force", openapi_extra=takes("policy.set.v1"))
async def set_policy(write: WriteIf) -> Response:
    """Replace it; what waits already, waits on until it is re-evaluated. For portal admins."""
    return written(await write.send("policy.set.v1", {}))
