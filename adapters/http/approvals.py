"""Approvals under /v1/approvals: what waits for a decision; portal admins decide, owners may withdraw."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.http.apps_out import Mine
from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, one_of, only_known, page, reached
from adapters.http.described import takes
from adapters.http.outcomes import ApprovalWritten, written
from adapters.http.problems import Problem
from adapters.http.writing import Write, Writing
from readmodels.approvals import THE_OLDEST, AfterApproval, OpenApproval, app_of_approval, page_of_open_approvals

routes = APIRouter(prefix="/v1/approvals", tags=["approvals"], dependencies=[Depends(only_known)])
ApprovalId = Annotated[UUID, Path(description="The approval's id: an app's `open_approval_id`.")]


@routes.get("", response_model=Page[OpenApproval], summary="What waits for a decision, a page at a time")
async def approvals(
    *,
    request: Request,
    mine: Mine,
    app_id: Annotated[UUID | None, Query(description="Only this app's.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List open approvals, the longest waiting first: of your own and your teams' apps; portal admins, auditors and analysts see all."""
    ended = after(cursor, AfterApproval, THE_OLDEST)
    await reached(request, min_position)
    found = await all_of(request, page_of_open_approvals(seen_by=mine, app_id=app_id, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterApproval(last.requested_at, last.approval_id))


@routes.post(
    "/{approval_id}/decide",
    response_model=ApprovalWritten,
    summary="Decide an approval",
    openapi_extra=takes("approval.decide.v1", "approval_id", optional=("app_id",)),
)
async def decide(request: Request, approval_id: ApprovalId, write: Write, min_position: MinPosition = 0) -> Response:
    """Grant or reject each product that waits in it. For portal admins, and never for one's own app."""
    return await _written(request, write, "approval.decide.v1", approval_id, min_position)


@routes.post(
    "/{approval_id}/withdraw",
    response_model=ApprovalWritten,
    summary="Withdraw an approval",
    openapi_extra=takes("approval.withdraw.v1", "approval_id", optional=("app_id",), required=False),
)
async def withdraw(request: Request, approval_id: ApprovalId, write: Write, min_position: MinPosition = 0) -> Response:
    """Ask no longer: the products that wait in it are removed from the app."""
    return await _written(request, write, "approval.withdraw.v1", approval_id, min_position)


@routes.post(
    "/{approval_id}/reevaluate",
    response_model=ApprovalWritten,
    summary="Run the policy in force over what waits",
    openapi_extra=takes("approval.reevaluate.v1", "approval_id", optional=("app_id",), required=False),
)
async def reevaluate(request: Request, approval_id: ApprovalId, write: Write, min_position: MinPosition = 0) -> Response:
    """Let the policy in force answer what an older one sent to review; what it sends there again, waits on. For portal admins."""
    return await _written(request, write, "approval.reevaluate.v1", approval_id, min_position)


async def _written(request: Request, write: Writing, name: str, approval_id: UUID, min_position: int) -> Response:
    """Send it with its app, which the caller names or the dashboard knows."""
    app_id: Any = write.said.get("app_id")
    if app_id is None:
        await reached(request, min_position)
        found = await one_of(request, app_of_approval(approval_id))
        if found is None:
            detail = "no app waits in an approval with this id; if it was opened a moment ago, name min_position, or the app_id"
            raise Problem(HTTPStatus.NOT_FOUND, "approval_unknown", detail)
        app_id = found.app_id
    outcome = await write.send(name, {"approval_id": approval_id}, default={"app_id": app_id})
    return written(outcome, app_id=app_id, approval_id=approval_id)
