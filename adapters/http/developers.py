"""Developers under /v1/developers: oneself, and for portal admins all of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    Page,
    after,
    all_of,
    only_known,
    page,
    reached,
    state_of,
    versioned,
)
from adapters.http.described import takes
from adapters.http.outcomes import DeveloperWritten, written
from adapters.http.problems import Problem
from adapters.http.who import asks, whose_teams
from adapters.http.writing import OnBehalfOf, Write, WriteIf
from commands.principal import Principal, Role
from domain.developer import Developer, DeveloperStatus
from readmodels.developers import THE_FIRST, AfterDeveloper, ShownDeveloper, page_of_developers

routes = APIRouter(prefix="/v1/developers", tags=["developers"], dependencies=[Depends(only_known)])
SEES_DEVELOPERS = frozenset({Role.PORTAL_ADMIN, Role.AUDITOR})


class Myself(BaseModel):
    """A developer, to himself."""

    model_config = ConfigDict(title="Developer", hide_input_in_errors=True)

    developer_id: UUID
    name: str
    email: str
    status: DeveloperStatus


@routes.get("/me", response_model=Myself, summary="Yourself")
async def me(request: Request, principal: Annotated[Principal, Depends(asks)], onbehalfof: OnBehalfOf = None) -> Response:
    """Look at what is known of you: from the log itself, so at once."""
    person = await run_in_threadpool(whose_teams, request, principal, onbehalfof)
    found, version = await state_of(request, Developer, person)
    if found.status is DeveloperStatus.ABSENT:
        raise Problem(HTTPStatus.NOT_FOUND, "developer_unknown", "you are not registered; your first write does it, or PATCH this")
    return versioned(request, Myself(developer_id=person, name=str(found.name), email=str(found.email), status=found.status), version)


@routes.patch(
    "/me",
    response_model=DeveloperWritten,
    summary="Change your name or e-mail address",
    openapi_extra=takes("developer.change.v1", "developer_id"),
)
async def change_me(request: Request, write: WriteIf) -> Response:
    """Change what is given. Whoever is not registered yet, since his token lacks `name` or `email`, registers with both."""
    person = await run_in_threadpool(whose_teams, request, write.principal, write.on_behalf_of)
    _, version = await state_of(request, Developer, person)
    name = "developer.change.v1" if version else "developer.register.v1"
    return written(await write.send(name, {"developer_id": person}), developer_id=person)


@routes.get("", response_model=Page[ShownDeveloper], summary="All developers, a page at a time")
async def developers(
    *,
    request: Request,
    principal: Annotated[Principal, Depends(asks)],
    status: Annotated[Literal["registered", "deactivated"] | None, Query(description="Without it, both.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List developers with the number of their apps. For portal admins and auditors."""
    if SEES_DEVELOPERS.isdisjoint(principal.roles):
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "developers are listed for portal admins and auditors")
    await reached(request, min_position)
    question = page_of_developers(status=status, after=after(cursor, AfterDeveloper, THE_FIRST), limit=limit + 1)
    return page(await all_of(request, question), limit, lambda last: AfterDeveloper(last.developer_id))


@routes.post(
    "/{developer_id}/deactivate",
    response_model=DeveloperWritten,
    summary="Deactivate a developer",
    openapi_extra=takes("developer.deactivate.v1", "developer_id"),
)
async def deactivate(developer_id: Annotated[UUID, Path(description="The developer's id.")], write: Write) -> Response:
    """Let nothing be opened on his authority, for good. For portal admins."""
    outcome = await write.send("developer.deactivate.v1", {"developer_id": developer_id})
    return written(outcome, developer_id=developer_id)
