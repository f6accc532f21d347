"""Transfers: an app is offered to another owner, who accepts or declines it; what is offered to oneself, under /v1/transfers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from adapters.http.apps_out import AppId
from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, only_known, page, reached
from adapters.http.described import takes
from adapters.http.outcomes import AppWritten, written
from adapters.http.who import whose_teams
from adapters.http.writing import Write
from readmodels.teams import THE_FIRST_APP, AfterOfferedApp, OfferedApp, page_of_apps_offered_to

routes = APIRouter(prefix="/v1", tags=["apps"], dependencies=[Depends(only_known)])


@routes.get("/transfers", response_model=Page[OfferedApp], summary="Apps that are offered to you")
async def transfers(
    *,
    request: Request,
    person: Annotated[UUID, Depends(whose_teams)],
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List the apps that you may accept or decline: for yourself, or for a team of which you are an admin."""
    ended = after(cursor, AfterOfferedApp, THE_FIRST_APP)
    await reached(request, min_position)
    found = await all_of(request, page_of_apps_offered_to(person, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterOfferedApp(last.app_id))


@routes.post(
    "/apps/{app_id}/transfer",
    response_model=AppWritten,
    summary="Offer an app to another owner",
    openapi_extra=takes("app.offer_transfer.v1", "app_id"),
)
async def offer(app_id: AppId, write: Write) -> Response:
    """Let a developer or a team have it, once they accept. A portal admin may let it go over `at_once`, whoever has it."""
    return written(await write.send("app.offer_transfer.v1", {"app_id": app_id}), app_id=app_id)


@routes.delete("/apps/{app_id}/transfer", response_model=AppWritten, summary="Withdraw the offer of an app")
async def withdraw(app_id: AppId, write: Write) -> Response:
    """Offer it to nobody any longer."""
    return written(await write.send("app.withdraw_transfer.v1", {"app_id": app_id}), app_id=app_id)


@routes.post(
    "/apps/{app_id}/transfer/accept",
    response_model=AppWritten,
    summary="Accept an app",
    openapi_extra=takes("app.accept_transfer.v1", "app_id"),
)
async def accept(app_id: AppId, write: Write) -> Response:
    """Take it over, with its history and credentials, for yourself or for a team of which you are an admin: `to` says which."""
    return written(await write.send("app.accept_transfer.v1", {"app_id": app_id}), app_id=app_id)


@routes.post(
    "/apps/{app_id}/transfer/decline",
    response_model=AppWritten,
    summary="Decline an app",
    openapi_extra=takes("app.decline_transfer.v1", "app_id"),
)
async def decline(app_id: AppId, write: Write) -> Response:
    """Leave it where it is."""
    return written(await write.send("app.decline_transfer.v1", {"app_id": app_id}), app_id=app_id)
