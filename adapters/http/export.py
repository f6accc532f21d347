"""GET /v1/apps/export: app data as one file, streamed; what it holds is as of one moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from adapters.exporting import MEDIA_TYPES, Format, exported
from adapters.http.apps_out import Mine
from adapters.http.asking import MinPosition, only_known, reached
from adapters.http.examples import APP, DEVELOPER
from adapters.http.problems import unavailable
from adapters.postgres.connections import connect
from adapters.postgres.questions import stream
from readmodels.exported_apps import ExportedApp, exported_apps
from readmodels.question import Question

routes = APIRouter(tags=["apps"], dependencies=[Depends(only_known)])
EXPORTS_MAX: Final = 4
"""At once, in one process: each holds a connection and a snapshot for as long as its reader takes."""
SETTINGS: Final = {"enable_seqscan": "on", "plan_cache_mode": "force_custom_plan", "idle_in_transaction_session_timeout": "60s"}
"""It reads everything, once; a reader who stops for a minute has gone away."""
EXAMPLE: Final = ExportedApp(
    app_id=UUID(APP),
    name="Weather Tram",
    description="When the next tram comes, and whether to take an umbrella.",
    status="active",
    status_reason=None,
    owner_kind="developer",
    owner_id=UUID(DEVELOPER),
    owner_name="Ada Nowak",
    created_at=datetime(2026, 11, 2, 9, 14, 3, tzinfo=UTC),
    changed_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
    callback_urls=("https://trams.example.com/callback",),
    attributes={"stage": "live"},
    products_approved=("Route Planning",),
    products_pending=(),
    credentials_live=1,
    next_expiry_at=None,
)


def _example(form: Format) -> str:
    """A file of one app; Parquet is no text."""
    return "(a Parquet file)" if form is Format.PARQUET else b"".join(exported([EXAMPLE], form)).decode()


@routes.get(
    "/v1/apps/export",
    summary="App data as a file",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                media.partition(";")[0]: {"schema": {"type": "string"}, "example": _example(form)} for form, media in MEDIA_TYPES.items()
            }
        }
    },
)
async def export(
    *,
    request: Request,
    mine: Mine,
    format: Annotated[Format, Query(description="The form of the file.")] = Format.CSV,  # noqa: A002 - the parameter's name
    status: Annotated[
        Literal["pending", "active", "rejected", "suspended", "deleted"] | None, Query(description="Without it, all but deleted ones.")
    ] = None,
    owner: Annotated[UUID | None, Query(description="A developer's id, or a team's.")] = None,
    product: Annotated[UUID | None, Query(description="Only apps that have this product, or wait for it.")] = None,
    min_position: MinPosition = 0,
) -> StreamingResponse:
    """Take away your own apps and those of your teams; portal admins, auditors and analysts get all of them.

    There are no secrets in it, and no digests of any. In CSV, text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    await reached(request, min_position)
    places: threading.BoundedSemaphore = request.app.state.exporting
    if not places.acquire(blocking=False):
        raise unavailable("busy", f"{EXPORTS_MAX} exports are under way already; ask again in a moment")
    question = exported_apps(owner_id=owner, seen_by=mine, status=status, product_id=product)
    rows = _rows(request.app.state.launchpad.settings.database, question)
    name = f'attachment; filename="apps.{format.value}"'
    return _Freeing(places, exported(rows, format), media_type=MEDIA_TYPES[format], headers={"Content-Disposition": name})


class _Freeing(StreamingResponse):
    """A stream that gives its place back when it has ended, or its reader has gone."""

    def __init__(self, places: threading.BoundedSemaphore, pieces: Iterator[bytes], *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._places, self._pieces = places, pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.release()
            close = getattr(self._pieces, "close", None)
            if close is not None:
                await run_in_threadpool(close)


def _rows(url: str, question: Question[ExportedApp]) -> Iterator[ExportedApp]:
    with connect(url, **SETTINGS) as connection, connection.transaction():
        yield from stream(connection, question)
