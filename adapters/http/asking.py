"""What every question over HTTP has in common: its parameters, whether we have followed the log that far, pages and versions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import anyio
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.http.health import FOLLOWED
from adapters.http.problems import Problem, unavailable
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.questions import Questions
from adapters.postgres.waiting import Positions
from commands.outcome import FieldError
from commands.ports import Log
from domain.state import State
from readmodels.question import Question

T = TypeVar("T")
S = TypeVar("S", bound=State)
P = TypeVar("P", bound=tuple[Any, ...])
PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 200
CURSOR_CHARACTERS_MAX: Final = 1_000
"""A product's name of 100 characters, in base64, and its id."""
WAIT_SECONDS_MAX: Final = 3.0
"""The dashboard is milliseconds behind; where it takes this long, it does not follow."""
WAITING_MAX: Final = 200
"""Threads that may wait for the dashboard at once; they do nothing else."""
POSITION_MAX: Final = 2**63 - 1
"""What PostgreSQL's bigint holds: nothing beyond it can ever be a position."""
HASH_CHARACTERS: Final = 16

MinPosition = Annotated[
    int, Query(ge=0, le=POSITION_MAX, description="Wait until the dashboard has followed the log to here: the position of an outcome.")
]
Cursor = Annotated[str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many on a page, at most.")]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


def only_known(request: Request) -> None:
    """See that no parameter is misspelt: one passed over would answer another question than was asked. Raises Problem."""
    operation = request.app.openapi()["paths"][request.scope["route"].path][request.method.lower()]
    names = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    known = ", ".join(sorted(names)) or "none"
    errors = [FieldError(name, f"is no parameter of this; there are {known}") for name in request.query_params if name not in names]
    if errors:
        detail = f"{', '.join(error.field for error in errors)}: no such query parameter; there are {known}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors)


async def reached(request: Request, position: int, followed: Bookmark = FOLLOWED) -> None:
    """Wait until the dashboard, or another read model, shows that position. Raises Problem."""
    if position == 0:
        return
    positions: Positions = request.app.state.positions
    limiter: anyio.CapacityLimiter = request.app.state.waiting
    if not await anyio.to_thread.run_sync(positions.wait_for, followed, position, WAIT_SECONDS_MAX, limiter=limiter):
        raise unavailable("not_followed_yet", f"the {followed.name} has not followed the log to position {position} yet; ask again")


async def all_of(request: Request, question: Question[T]) -> Sequence[T]:
    """Every row of the answer."""
    questions: Questions = request.app.state.questions
    return await run_in_threadpool(questions.all, question)


async def one_of(request: Request, question: Question[T]) -> T | None:
    """The answer's first row, or none."""
    questions: Questions = request.app.state.questions
    return await run_in_threadpool(questions.one, question)


async def state_of(request: Request, kind: type[S], id: UUID) -> tuple[S, int]:  # noqa: A002 - as State.at
    """An aggregate's state as the log has it now, and its version; one that does not exist has version 0."""
    log: Log = request.app.state.launchpad.log
    stream = kind.at(id)
    history = (await run_in_threadpool(log.load, [stream], [])).histories[stream]
    state: Any = kind()
    for event in history.events:
        state = state.evolve(event)
    return state, history.version


def after(cursor: str | None, kind: type[P], first: P) -> P:
    """Where the page before ended; without a cursor, before everything. Raises Problem."""
    if cursor is None:
        return first
    try:
        where: P = TypeAdapter(kind).validate_json(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if any("\x00" in part for part in where if isinstance(part, str)):
            raise ValueError("PostgreSQL holds no such text")  # noqa: TRY301 - told like the others
    except (ValueError, ValidationError):
        errors = [FieldError("cursor", "is no cursor of ours: give `next` of the page before, or none")]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the cursor can't be read", errors=errors) from None
    return where


def page(found: Sequence[T], limit: int, where: Callable[[T], tuple[Any, ...]]) -> Response:
    """A page of what was found, of which one more was asked for than it holds; `where` tells where it ends."""
    items = [each.model_dump(mode="json") if isinstance(each, BaseModel) else each for each in found[:limit]]
    return answer(Page[Any](items=items, next=cursor_of(where(found[limit - 1])) if len(found) > limit else None))


def cursor_of(last: tuple[Any, ...]) -> str:
    """The cursor of the page after that place."""
    return base64.urlsafe_b64encode(TypeAdapter(type(last)).dump_json(last)).decode()


def answer(content: BaseModel, etag: str | None = None) -> Response:
    """Content as JSON."""
    return Response(content.model_dump_json(), media_type="application/json", headers=None if etag is None else {"ETag": etag})


def versioned(request: Request, content: BaseModel, version: int) -> Response:
    """Content with its ETag: the version that If-Match compares, and a hash, since time alone changes what is shown. Perhaps 304."""
    body = content.model_dump_json().encode()
    etag = f'"{version}-{sha256(body).hexdigest()[:HASH_CHARACTERS]}"'
    asked = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if etag in asked or "*" in asked:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})
