"""GET /v1/apps and GET /v1/apps/{id}: apps as their developers see them, and how to read one's own writes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    after,
    all_of,
    answer,
    cursor_of,
    one_of,
    only_known,
    reached,
    versioned,
)
from adapters.http.problems import Problem
from adapters.http.who import whose_apps
from readmodels.apps import APPS_PAGE_MAX, THE_NEWEST, AfterApp, ShownApp, one_app, page_of_apps

routes = APIRouter(tags=["apps"], dependencies=[Depends(only_known)])


class AppsOut(BaseModel):
    """One page of apps, the newest first."""

    model_config = ConfigDict(title="Apps")

    items: list[ShownApp]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


Mine = Annotated[UUID | None, Depends(whose_apps)]
AppId = Annotated[UUID, Path(description="The app's id.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag of what you have: answered with 304 where it still shows the same.")]


@routes.get("/v1/apps", response_model=AppsOut, summary="Your apps, a page at a time")
async def apps(
    *,
    request: Request,
    mine: Mine,
    status: Annotated[
        Literal["pending", "active", "rejected", "suspended", "deleted"] | None, Query(description="Without it, all but deleted ones.")
    ] = None,
    owner: Annotated[UUID | None, Query(description="A developer's or a team's id.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List your own apps and those of your teams; portal admins, auditors and analysts see all of them."""
    ended = after(cursor, AfterApp, THE_NEWEST)
    await reached(request, min_position)
    # One more than asked for tells whether there is another page; the largest page may be followed by an empty one.
    found = await all_of(request, page_of_apps(owner_id=owner, seen_by=mine, status=status, after=ended, limit=limit + 1))
    items = list(found[:limit])
    more = len(found) > limit or len(found) == APPS_PAGE_MAX
    return answer(AppsOut(items=items, next=cursor_of(AfterApp(items[-1].created_at, items[-1].app_id)) if more else None))


@routes.get("/v1/apps/{app_id}", response_model=ShownApp, summary="One app")
async def app(request: Request, app_id: AppId, mine: Mine, min_position: MinPosition = 0, if_none_match: IfNoneMatch = None) -> Response:
    """Look at one app with its products and credentials, whatever its status. Its ETag is what If-Match takes when it is changed."""
    del if_none_match  # Compared where the answer is made.
    found = await shown_app(request, app_id, mine, min_position)
    return versioned(request, found, found.version)


async def shown_app(request: Request, app_id: UUID, mine: UUID | None, min_position: int) -> ShownApp:
    """An app that may be seen. Raises Problem."""
    await reached(request, min_position)
    found = await one_of(request, one_app(app_id, seen_by=mine))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "app_unknown", "there is no app of yours with this id")
    return found
