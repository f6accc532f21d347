"""What a request says: its body, within limits of size and time, and the trace that it belongs to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import orjson
from fastapi import Request as HttpRequest
from starlette.requests import ClientDisconnect

from adapters.http.gathering import Busy, Gathering
from adapters.http.problems import Problem, unavailable
from adapters.intake import NOT_JSON, Request
from commands.outcome import Outcome
from domain.limits import MESSAGE_BYTES_MAX

LIST_BYTES_MAX: Final = 8 * MESSAGE_BYTES_MAX
"""Honest commands have a kilobyte; a list of 500 fits many times."""
BODY_SECONDS_MAX: Final = 30
"""A sender that trickles holds a connection no longer than this."""

TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, version 00."""


async def json_of(request: HttpRequest) -> object:
    """The body as JSON. Raises Problem."""
    _must_be_readable(request)
    return _json(await _body(request))


async def json_or_nothing_of(request: HttpRequest) -> object:
    """The body as JSON; an empty object where there is none. Raises Problem."""
    body = await _body(request)
    if not body:
        return {}
    _must_be_readable(request)
    return _json(body)


def trace_of(request: HttpRequest) -> str | None:
    """The trace that the caller is in; one that is not well-formed is passed over, as its specification asks."""
    header = request.headers.get("traceparent", "")
    return header if TRACEPARENT.fullmatch(header) else None


async def outcomes_of(request: HttpRequest, requests: Sequence[Request]) -> list[Outcome]:
    """Give each of these commands its outcome, in a batch with whatever else comes in now. Raises Problem."""
    gathering: Gathering = request.app.state.gathering
    try:
        return await asyncio.wrap_future(gathering.submit(requests))
    except Busy as busy:
        raise unavailable("busy", f"{busy}; send the same request again in a moment") from None


def _must_be_readable(request: HttpRequest) -> None:
    """See that the body claims to be what we read: JSON, as it is. Raises Problem."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "encoding_unknown", "send the body as it is, without Content-Encoding")
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type_unknown", "send JSON, with Content-Type: application/json")


async def _body(request: HttpRequest) -> bytes:
    """The whole body, within limits of size and time."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LIST_BYTES_MAX:
                    raise _too_large(LIST_BYTES_MAX)
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "body_too_slow", f"the body did not arrive within {BODY_SECONDS_MAX} s") from None
    except ClientDisconnect:
        raise Problem(HTTPStatus.BAD_REQUEST, "disconnected", "the sender hung up") from None
    if len(body) > MESSAGE_BYTES_MAX and not body.lstrip().startswith(b"["):
        raise _too_large(MESSAGE_BYTES_MAX)
    return bytes(body)


def _json(body: bytes) -> object:
    try:
        said: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, NOT_JSON, f"the body is not JSON: {error.msg} at character {error.pos}") from None
    return said


def _too_large(limit: int) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"the body is larger than {limit} bytes")
