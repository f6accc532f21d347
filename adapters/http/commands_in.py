"""POST /v1/commands and GET /v1/commands/{id}: the way in for commands, and what became of one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, Depends, Path, Response
from fastapi import Request as HttpRequest
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from adapters.http.bodies import CommandIn, OutcomeOut, json_answer, outcome_out
from adapters.http.gathering import Busy, Gathering
from adapters.http.problems import Problem, of_outcome, unavailable
from adapters.http.who import asks, principal_of
from adapters.intake import NOT_JSON, Request
from commands.outcome import FieldError, Outcome, OutcomeKind
from commands.ports import Log
from commands.principal import Principal, Role
from domain.limits import MESSAGE_BYTES_MAX

LIST_COMMANDS_MAX: Final = 500
"""What is decided in one transaction at most."""
LIST_BYTES_MAX: Final = 8 * MESSAGE_BYTES_MAX
"""Honest commands have a kilobyte; a list of 500 fits many times."""
BODY_SECONDS_MAX: Final = 30
"""A sender that trickles holds a connection no longer than this."""

TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, version 00."""

routes = APIRouter(tags=["commands"])


@routes.post("/v1/commands", response_model=OutcomeOut | list[OutcomeOut], summary="Send a command, or a list of commands")
async def take_commands(request: HttpRequest) -> Response:
    """Take one command and tell its outcome, or a list and tell all outcomes in order.

    A single command that is not accepted is answered with a problem: 401, 403, 404, 409 or 422. A list is answered with 200 and
    an outcome for each; its commands are decided in their order. Where one of its commands can't be read at all (no id, no type, no
    data), the list is answered with 422 and none is decided. Sending the same command id again tells the first outcome.
    """
    authorization = request.headers.get("authorization")
    await run_in_threadpool(principal_of, request)  # Before the body is read, and off the thread that decides: it may fetch keys.
    _readable(request)
    said = _json(await _body(request))
    if not isinstance(said, list):
        command = _command(said, "")
        outcome = (await _outcomes(request, [command.request(authorization, _trace(request))]))[0]
        if problem := of_outcome(outcome):
            raise problem
        return json_answer(outcome_out(outcome))
    if not 0 < len(said) <= LIST_COMMANDS_MAX:
        raise _invalid([FieldError("", f"a list holds 1 to {LIST_COMMANDS_MAX} commands; this one {len(said)}")])
    commands = [_command(each, f"{index}") for index, each in enumerate(said)]
    requests = [command.request(authorization, _trace(request)) for command in commands]
    return json_answer([outcome_out(outcome) for outcome in await _outcomes(request, requests)])


@routes.get("/v1/commands/{command_id}", response_model=OutcomeOut, response_model_exclude_none=True, summary="What became of a command")
def outcome_of(
    command_id: Annotated[UUID, Path(description="The `id` that the command was sent with.")],
    principal: Annotated[Principal, Depends(asks)],
    request: HttpRequest,
) -> dict[str, Any]:
    """Tell the outcome of a command that was accepted or refused, to whoever sent it; portal admins and auditors see all."""
    log: Log = request.app.state.launchpad.log
    kept = log.load([], [command_id]).outcomes.get(command_id)
    sees_all = principal.has(Role.PORTAL_ADMIN) or principal.has(Role.AUDITOR)
    if kept is None or not (sees_all or kept.principal == principal.text):
        raise Problem(HTTPStatus.NOT_FOUND, "command_unknown", "no command of yours has this id, or it was not decided yet")
    return outcome_out(kept.outcome)


async def _outcomes(request: HttpRequest, requests: Sequence[Request]) -> list[Outcome]:
    gathering: Gathering = request.app.state.gathering
    try:
        return await asyncio.wrap_future(gathering.submit(requests))
    except Busy as busy:
        raise unavailable("busy", f"{busy}; send the same request again in a moment") from None


def _readable(request: HttpRequest) -> None:
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


def _trace(request: HttpRequest) -> str | None:
    """The trace that the caller is in; one that is not well-formed is passed over, as its specification asks."""
    header = request.headers.get("traceparent", "")
    return header if TRACEPARENT.fullmatch(header) else None


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, NOT_JSON, f"the body is not JSON: {error.msg} at character {error.pos}") from None


def _command(said: object, path: str) -> CommandIn:
    try:
        return CommandIn.model_validate_json(orjson.dumps(said))
    except ValidationError as error:
        errors = [
            FieldError(".".join(part for part in (path, *map(str, each["loc"])) if part), each["msg"])
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise _invalid(errors) from None


def _invalid(errors: Sequence[FieldError]) -> Problem:
    structlog.get_logger("commands").info("command", outcome=OutcomeKind.INVALID.value, fields=[error.field for error in errors])
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the command is not well-formed; the errors say where", errors=errors)


def _too_large(limit: int) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"the body is larger than {limit} bytes")
