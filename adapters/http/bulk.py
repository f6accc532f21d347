"""Bulk runs under /v1/bulk: a list that shows what would happen, then its start, its progress, and what became of each target."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    Page,
    after,
    all_of,
    answer,
    cursor_of,
    one_of,
    only_known,
    page,
    reached,
)
from adapters.http.described import takes
from adapters.http.outcomes import BulkWritten, written
from adapters.http.problems import Problem
from adapters.http.who import asks
from adapters.http.writing import Write
from adapters.postgres.bookmarks import Bookmark
from adapters.workers.bulk_items import item_id
from commands.principal import Principal, Role
from projections.bulk import BULK
from readmodels.bulk import THE_FIRST_ITEM, THE_NEWEST_RUN, AfterItem, AfterRun, Item, ShownRun, one_run, page_of_items, page_of_runs

FOLLOWED: Final = Bookmark(BULK.name, BULK.version)
SEES: Final = frozenset({Role.PORTAL_ADMIN, Role.AUDITOR})
Foreseen = Literal["would_do", "already_so", "would_be_refused"]
Result = Literal["waiting", "done", "already_so", "refused", "not_sent"]
BulkId = Annotated[UUID, Path(description="The run's id.")]


def sees_runs(principal: Annotated[Principal, Depends(asks)]) -> None:
    """See that whoever asks may see bulk runs: they name the apps of everybody. Raises Problem."""
    if SEES.isdisjoint(principal.roles):
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "bulk runs are for portal admins, and auditors see them")


routes = APIRouter(prefix="/v1/bulk", tags=["bulk"], dependencies=[Depends(only_known)])
Sees = Depends(sees_runs)


class ItemOut(BaseModel):
    """One target of a run."""

    model_config = ConfigDict(title="BulkItem")

    app_id: UUID | None
    id: UUID = Field(description="What the action is done to: the app, one of its credentials, or its approval.")
    foreseen: Foreseen
    foreseen_code: str | None
    result: Result
    code: str | None = Field(description="Why it was refused.")
    command_id: UUID | None = Field(description="Its command: GET /v1/commands/{id} tells its outcome whole. Null before the start.")
    reported_at: AwareDatetime | None


@routes.post(
    "",
    status_code=201,
    response_model=BulkWritten,
    summary="Prepare a bulk run",
    openapi_extra=takes("bulk.prepare.v1", "bulk_id"),
)
async def prepare(write: Write) -> Response:
    """Have a list made of what fits, with what would happen to each; nothing is done yet. Ask for the run until it is `prepared`.

    The list sees all that was in the log before this request.
    """
    bulk_id = write.new_id("bulk run")
    outcome = await write.send("bulk.prepare.v1", {"bulk_id": bulk_id})
    return written(outcome, status=HTTPStatus.CREATED, location=f"/v1/bulk/{bulk_id}", bulk_id=bulk_id)


@routes.get("", response_model=Page[ShownRun], summary="Bulk runs, the newest first", dependencies=[Sees])
async def runs(*, request: Request, cursor: Cursor = None, limit: Limit = PAGE_DEFAULT, min_position: MinPosition = 0) -> Response:
    """List runs with their sums. For portal admins and auditors."""
    ended = after(cursor, AfterRun, THE_NEWEST_RUN)
    await reached(request, min_position, FOLLOWED)
    found = await all_of(request, page_of_runs(after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterRun(last.requested_at, last.bulk_id))


@routes.get("/{bulk_id}", response_model=ShownRun, summary="How a bulk run stands", dependencies=[Sees])
async def run(request: Request, bulk_id: BulkId, min_position: MinPosition = 0) -> Response:
    """Tell what was foreseen, and how far it has come. All that it does has its `start_event_id` as cause, on the events topic as well."""
    return answer(await _shown(request, bulk_id, min_position))


@routes.get("/{bulk_id}/items", response_model=Page[ItemOut], summary="The targets of a bulk run", dependencies=[Sees])
async def items(
    *,
    request: Request,
    bulk_id: BulkId,
    foreseen: Annotated[Foreseen | None, Query(description="Only those of which this was foreseen.")] = None,
    result: Annotated[Result | None, Query(description="Only those of this result; `waiting` have none yet.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List them in the order in which they are worked on, with what was foreseen of each and what became of it."""
    ended = after(cursor, AfterItem, THE_FIRST_ITEM)
    shown = await _shown(request, bulk_id, min_position)
    found = await all_of(request, page_of_items(bulk_id, result=result, foreseen=foreseen, after=ended, limit=limit + 1))
    last = found[limit - 1] if len(found) > limit else None
    told = [_item(each, shown) for each in found[:limit]]
    return answer(Page[ItemOut](items=told, next=None if last is None else cursor_of(AfterItem(last.number, last.place))))


@routes.post(
    "/{bulk_id}/start",
    response_model=BulkWritten,
    summary="Start a bulk run",
    openapi_extra=takes("bulk.start.v1", "bulk_id", required=False),
)
async def start(bulk_id: BulkId, write: Write) -> Response:
    """Carry out what its list shows, in your name. Refused where the list is older than an hour."""
    return written(await write.send("bulk.start.v1", {"bulk_id": bulk_id}), bulk_id=bulk_id)


@routes.post(
    "/{bulk_id}/stop",
    response_model=BulkWritten,
    summary="Stop a bulk run",
    openapi_extra=takes("bulk.stop.v1", "bulk_id", required=False),
)
async def stop(bulk_id: BulkId, write: Write) -> Response:
    """Do nothing more for it; what is done stays done. One that was not started is called off."""
    return written(await write.send("bulk.stop.v1", {"bulk_id": bulk_id}), bulk_id=bulk_id)


@routes.post("/{bulk_id}/undo", status_code=201, response_model=BulkWritten, summary="Prepare the undo of a bulk run")
async def undo(bulk_id: BulkId, write: Write) -> Response:
    """Have a list made of what this run has suspended and nobody has changed since; it is a run of its own, to be looked at and started.

    Suspensions can be undone; approvals and demands can't.
    """
    undo_id = write.new_id("bulk run")
    outcome = await write.send("bulk.prepare.v1", {"bulk_id": undo_id, "action": "reinstate", "undoes": bulk_id})
    return written(outcome, status=HTTPStatus.CREATED, location=f"/v1/bulk/{undo_id}", bulk_id=undo_id)


async def _shown(request: Request, bulk_id: UUID, min_position: int) -> ShownRun:
    await reached(request, min_position, FOLLOWED)
    found = await one_of(request, one_run(bulk_id))
    if found is None:
        detail = "there is no bulk run with this id, or it was asked for a moment ago: name min_position"
        raise Problem(HTTPStatus.NOT_FOUND, "bulk_unknown", detail)
    return found


def _item(item: Item, run: ShownRun) -> Any:  # noqa: ANN401 - pydantic reads the literals
    command_id = None if run.start_event_id is None else item_id(run.start_event_id, run.action, item.id)
    said = item._asdict() | {"result": item.result or "waiting", "command_id": command_id}
    return ItemOut.model_validate({name: said[name] for name in ItemOut.model_fields})
