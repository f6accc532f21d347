"""POST /v1/commands and GET /v1/commands/{id}: the way in for commands, and what became of one."""

from __future__ import annotations

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

from adapters.http.bodies import CommandIn, OutcomeOut, json_answer, outcome_out
from adapters.http.problems import Problem, of_outcome
from adapters.http.said import json_of, outcomes_of, trace_of
from adapters.http.who import asks, principal_of
from commands.outcome import FieldError, OutcomeKind
from commands.ports import Log
from commands.principal import Principal, Role

LIST_COMMANDS_MAX: Final = 500
"""What is decided in one transaction at most."""

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
    said = await json_of(request)
    if not isinstance(said, list):
        command = _command(said, "")
        outcome = (await outcomes_of(request, [command.request(authorization, trace_of(request))]))[0]
        if problem := of_outcome(outcome):
            raise problem
        return json_answer(outcome_out(outcome))
    if not 0 < len(said) <= LIST_COMMANDS_MAX:
        raise _invalid([FieldError("", f"a list holds 1 to {LIST_COMMANDS_MAX} commands; this one {len(said)}")])
    commands = [_command(each, f"{index}") for index, each in enumerate(said)]
    requests = [command.request(authorization, trace_of(request)) for command in commands]
    return json_answer([outcome_out(outcome) for outcome in await outcomes_of(request, requests)])


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
