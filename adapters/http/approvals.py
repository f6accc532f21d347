"""Approvals under /v1/approvals: what waits for a decision; portal admins note, assign and decide, owners may withdraw."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.http.apps_out import Mine
from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    Page,
    after,
    all_of,
    answer,
    one_of,
    only_known,
    page,
    reached_by_queue,
)
from adapters.http.described import takes
from adapters.http.outcomes import ApprovalWritten, written
from adapters.http.problems import Problem
from adapters.http.writing import Write, Writing
from readmodels.queue import (
    THE_OLDEST,
    AfterApproval,
    OpenApproval,
    ShownApproval,
    app_of_approval,
    one_approval,
    page_of_open_approvals,
)

routes = APIRouter(prefix="/v1/approvals", tags=["approvals"], dependencies=[Depends(only_known)])
NOTES: Final = ("assignee", "assignee_name", "comments", "last_comment", "last_comment_at")
"""What admins note for each other."""
NOTES_OF_ONE: Final = ("assignee", "assignee_name", "comments", "answers")
"""The same of one approval, with what lets an app in: that is nothing to be fitted to."""
ApprovalId = Annotated[UUID, Path(description="The approval's id: an app's `open_approval_id`.")]


@routes.get("", response_model=Page[OpenApproval], summary="What waits for a decision, a page at a time")
async def approvals(
    *,
    request: Request,
    mine: Mine,
    app_id: Annotated[UUID | None, Query(description="Only this app's.")] = None,
    assignee: Annotated[UUID | None, Query(description="Only what this admin looks after; for those who see all apps.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List open approvals, the longest waiting first: of your own and your teams' apps; portal admins, auditors and analysts see all."""
    ended = after(cursor, AfterApproval, THE_OLDEST)
    await reached_by_queue(request, min_position)
    by = assignee if mine is None else None  # Who looks after it is nothing that an owner could ask by.
    found = await all_of(request, page_of_open_approvals(seen_by=mine, app_id=app_id, assignee=by, after=ended, limit=limit + 1))
    shown = found if mine is None else [each.model_copy(update=dict.fromkeys(NOTES)) for each in found]
    return page(shown, limit, lambda last: AfterApproval(last.requested_at, last.approval_id))


@routes.get("/{approval_id}", response_model=ShownApproval, summary="One approval")
async def approval(request: Request, approval_id: ApprovalId, mine: Mine, min_position: MinPosition = 0) -> Response:
    """Look at one approval, open or over: what the policy looked at and answered, notes, and the decision."""
    await reached_by_queue(request, min_position)
    found = await one_of(request, one_approval(approval_id, seen_by=mine))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "approval_unknown", "there is no approval of yours with this id")
    if mine is not None:
        found = found.model_copy(update=dict.fromkeys((*NOTES_OF_ONE, "decided_by")))
    return answer(found)


@routes.post(
    "/{approval_id}/assign",
    response_model=ApprovalWritten,
    summary="Say who looks after an approval",
    openapi_extra=takes("approval.assign.v1", "approval_id", optional=("app_id",)),
)
async def assign(request: Request, approval_id: ApprovalId, write: Write, min_position: MinPosition = 0) -> Response:
    """Give it to an admin, or to nobody (null): a hint to the others, who may decide all the same. For portal admins."""
    return await _written(request, write, "approval.assign.v1", approval_id, min_position)


@routes.post(
    "/{approval_id}/comments",
    response_model=ApprovalWritten,
    summary="Note something on an approval",
    openapi_extra=takes("approval.comment.v1", "approval_id", optional=("app_id",)),
)
async def comment(request: Request, approval_id: ApprovalId, write: Write, min_position: MinPosition = 0) -> Response:
    """Write a note for other admins, also once it is over; developers never see it. For portal admins."""
    return await _written(request, write, "approval.comment.v1", approval_id, min_position)


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
    """Send it with its app, which the caller names or the queue knows."""
    app_id: Any = write.said.get("app_id")
    if app_id is None:
        await reached_by_queue(request, min_position)
        found = await one_of(request, app_of_approval(approval_id))
        if found is None:
            detail = "there is no approval with this id; if it was opened a moment ago, name min_position, or the app_id"
            raise Problem(HTTPStatus.NOT_FOUND, "approval_unknown", detail)
        app_id = found.app_id
    outcome = await write.send(name, {"approval_id": approval_id}, default={"app_id": app_id})
    return written(outcome, app_id=app_id, approval_id=approval_id)
