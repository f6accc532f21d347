"""The inbox under /v1/inbox: what you were told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, only_known, page
from adapters.http.bodies import OutcomeOut
from adapters.http.described import takes
from adapters.http.outcomes import written
from adapters.http.recipients import Whose, noticed
from adapters.http.writing import Write
from readmodels.notices import THE_NEWEST, BeforeNotice, ShownNotice, page_of_inbox

routes = APIRouter(prefix="/v1/inbox", tags=["notices"], dependencies=[Depends(only_known)])


@routes.get("", response_model=Page[ShownNotice], summary="What you were told")
async def inbox(
    *,
    request: Request,
    whose: Whose,
    unread: Annotated[bool, Query(description="Only what was not marked as read.")] = False,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List notices, the newest first. Portal admins share one inbox beside their own: `audience=portal_admins`."""
    before = after(cursor, BeforeNotice, THE_NEWEST)
    await noticed(request, min_position)
    found = await all_of(request, page_of_inbox(recipients=[whose], unread=unread, before=before, limit=limit + 1))
    return page(found, limit, lambda last: BeforeNotice(last.position, last.notice_id))


@routes.post("/read", response_model=OutcomeOut, summary="Mark as read", openapi_extra=takes("notice.mark_read.v1", "recipient_id"))
async def read(whose: Whose, write: Write) -> Response:
    """Mark notices of this inbox as read, all or none. What one portal admin has read in theirs, is read."""
    return written(await write.send("notice.mark_read.v1", {"recipient_id": whose}))
