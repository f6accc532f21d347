"""The approval policy under /v1/policy: what is decided without a person."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from adapters.http.asking import only_known, state_of, versioned
from adapters.http.bodies import OutcomeOut
from adapters.http.described import takes
from adapters.http.outcomes import written
from adapters.http.who import asks
from adapters.http.writing import WriteIf
from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.derived_ids import POLICY_ID

routes = APIRouter(prefix="/v1/policy", tags=["policy"], dependencies=[Depends(asks), Depends(only_known)])


class Policy(BaseModel):
    """The policy in force. Version 0 is the one before any was set: manual."""

    model_config = ConfigDict(title="Policy", json_schema_extra={"examples": [{"version": 3, "mode": "manual"}]})

    version: int
    mode: PolicyMode


@routes.get("", response_model=Policy, summary="The approval policy in force")
async def policy(request: Request) -> Response:
    """Look at it: from the log itself, so at once. Its ETag is what If-Match takes."""
    found, version = await state_of(request, ApprovalPolicy, POLICY_ID)
    return versioned(request, Policy(version=found.version, mode=found.mode), version)


@routes.put("", response_model=OutcomeOut, summary="Put a new approval policy in force", openapi_extra=takes("policy.set.v1"))
async def set_policy(write: WriteIf) -> Response:
    """Replace it; what waits already, waits on. For portal admins."""
    return written(await write.send("policy.set.v1", {}))
