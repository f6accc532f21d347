"""GET /v1/apps and GET /v1/apps/{id}: apps as their developers see them, and how to read one's own writes."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

import anyio
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.http.health import FOLLOWED
from adapters.http.problems import Problem, unavailable
from adapters.http.who import whose_apps
from adapters.postgres.questions import Questions
from adapters.postgres.waiting import Positions
from commands.outcome import FieldError
from readmodels.apps import APPS_PAGE_MAX, THE_NEWEST, AfterApp, ShownApp, one_app, page_of_apps

routes = APIRouter(tags=["apps"])
PAGE_DEFAULT: Final = 50
WAIT_SECONDS_MAX: Final = 3.0
"""The dashboard is milliseconds behind; where it takes this long, it does not follow."""
WAITING_MAX: Final = 200
"""Threads that may wait for the dashboard at once; they do nothing else."""
POSITION_MAX: Final = 2**63 - 1
"""What PostgreSQL's bigint holds: nothing beyond it can ever be a position."""
_CURSOR: Final = TypeAdapter(AfterApp)


class AppsOut(BaseModel):
    """One page of apps, the newest first."""

    model_config = ConfigDict(title="Apps")

    items: list[ShownApp]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


Mine = Annotated[UUID | None, Depends(whose_apps)]
MinPosition = Annotated[
    int, Query(ge=0, le=POSITION_MAX, description="Wait until the dashboard has followed the log to here: the position of an outcome.")
]


KNOWN: Final = frozenset({"status", "owner", "cursor", "limit", "min_position", "onbehalfof"})


def only_known(request: Request) -> None:
    """See that no parameter is misspelt: one passed over would answer another question than was asked. Raises Problem."""
    known = ", ".join(sorted(KNOWN))
    errors = [FieldError(name, f"is no parameter of this; there are {known}") for name in request.query_params if name not in KNOWN]
    if errors:
        detail = f"{', '.join(error.field for error in errors)}: no such query parameter; there are {known}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors)


@routes.get("/v1/apps", response_model=AppsOut, dependencies=[Depends(only_known)], summary="Your apps, a page at a time")
async def apps(
    *,
    request: Request,
    mine: Mine,
    status: Annotated[
        Literal["pending", "active", "rejected", "suspended", "deleted"] | None, Query(description="Without it, all but deleted ones.")
    ] = None,
    owner: Annotated[UUID | None, Query(description="A developer's id; others see only their own apps anyway.")] = None,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=APPS_PAGE_MAX, description="How many on a page, at most.")] = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List your own apps; portal admins, auditors and analysts see all of them."""
    after = _after(cursor)
    if mine is not None and owner not in {None, mine}:
        return _answer(AppsOut(items=[], next=None))
    await _reached(request, min_position)
    questions: Questions = request.app.state.questions
    # One more than asked for tells whether there is another page; the largest page may be followed by an empty one.
    found = await run_in_threadpool(questions.all, page_of_apps(owner_id=mine or owner, status=status, after=after, limit=limit + 1))
    items = list(found[:limit])
    return _answer(AppsOut(items=items, next=_cursor(items[-1]) if len(found) > limit or len(found) == APPS_PAGE_MAX else None))


@routes.get("/v1/apps/{app_id}", response_model=ShownApp, summary="One app")
async def app(
    request: Request, app_id: Annotated[UUID, Path(description="The app's id.")], mine: Mine, min_position: MinPosition = 0
) -> Response:
    """Look at one app with its products and credentials, whatever its status."""
    await _reached(request, min_position)
    questions: Questions = request.app.state.questions
    found = await run_in_threadpool(questions.one, one_app(app_id))
    if found is None or (mine is not None and found.owner_id != mine):
        raise Problem(HTTPStatus.NOT_FOUND, "app_unknown", "there is no app of yours with this id")
    return _answer(found)


async def _reached(request: Request, position: int) -> None:
    """Wait until the dashboard shows that position. Raises Problem."""
    if position == 0:
        return
    positions: Positions = request.app.state.positions
    limiter: anyio.CapacityLimiter = request.app.state.waiting
    if not await anyio.to_thread.run_sync(positions.wait_for, FOLLOWED, position, WAIT_SECONDS_MAX, limiter=limiter):
        raise unavailable("not_followed_yet", f"the dashboard has not followed the log to position {position} yet; ask again")


def _after(cursor: str | None) -> AfterApp:
    if cursor is None:
        return THE_NEWEST
    try:
        return _CURSOR.validate_json(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, ValidationError):
        errors = [FieldError("cursor", "is no cursor of ours: give `next` of the page before, or none")]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the cursor can't be read", errors=errors) from None


def _cursor(last: ShownApp) -> str:
    return base64.urlsafe_b64encode(_CURSOR.dump_json(AfterApp(last.created_at, last.app_id))).decode()


def _answer(content: BaseModel) -> Response:
    return Response(content.model_dump_json(), media_type="application/json")
