"""Mails and webhook requests under /v1/notices: what is on its way, what was given up, and how to have it sent again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, only_known, page, state_of
from adapters.http.bodies import OutcomeOut
from adapters.http.described import takes
from adapters.http.outcomes import written
from adapters.http.problems import Problem
from adapters.http.recipients import Whose, noticed
from adapters.http.who import asks
from adapters.http.writing import Write
from commands.principal import Principal, Role
from domain.notice import Notice
from readmodels.deliveries import ShownDelivery, page_of_deliveries
from readmodels.notices import THE_NEWEST, BeforeNotice

routes = APIRouter(prefix="/v1/notices", tags=["notices"], dependencies=[Depends(only_known)])


@routes.get("", response_model=Page[ShownDelivery], summary="Mails and webhook requests")
async def deliveries(
    *,
    request: Request,
    principal: Annotated[Principal, Depends(asks)],
    whose: Whose,
    everybody: Annotated[bool, Query(description="Not yours alone, but everybody's. For portal admins.")] = False,
    status: Annotated[
        Literal["waiting", "delivered", "given_up"] | None, Query(description="`given_up` is the dead-letter list. Without it, all.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List what was or will be sent to you, the newest first."""
    if everybody and not principal.has(Role.PORTAL_ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "everybody's notices are listed for portal admins")
    before = after(cursor, BeforeNotice, THE_NEWEST)
    await noticed(request, min_position)
    recipients = None if everybody else [whose]
    found = await all_of(request, page_of_deliveries(recipients=recipients, status=status, before=before, limit=limit + 1))
    return page(found, limit, lambda last: BeforeNotice(last.position, last.notice_id))


@routes.post(
    "/{notice_id}/redeliver",
    response_model=OutcomeOut,
    summary="Send it again",
    openapi_extra=takes("notice.redeliver.v1", "recipient_id", "notice_id"),
)
async def redeliver(request: Request, notice_id: Annotated[UUID, Path(description="The notice's id.")], write: Write) -> Response:
    """Send a notice again, now: one that was given up, or that its receiver has lost. Yours; a portal admin's may be anybody's."""
    notice, _ = await state_of(request, Notice, notice_id)
    if notice.recipient_id is None:
        raise Problem(HTTPStatus.NOT_FOUND, "notice_unknown", "there is no notice with this id")
    return written(await write.send("notice.redeliver.v1", {"recipient_id": notice.recipient_id, "notice_id": notice_id}))
