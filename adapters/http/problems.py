"""Every error of HTTP as application/problem+json (RFC 9457): a stable code for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final

import orjson
import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.oauth.errors import OAuthError
from adapters.vault.master_key import WrongMasterKey
from commands.outcome import FieldError, Outcome, OutcomeKind
from commands.ports import LogUnavailable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2
"""How soon trying again is worth it, when the database or an issuer is away."""
FORBIDDEN: Final = frozenset({"not_allowed", "may_not_act_for", "deactivated", "own_request"})
"""Refusals that say who may not, rather than what can't be."""
CHANGED_MEANWHILE: Final = "changed_meanwhile"
"""The refusal of what was asked of another version than there is (If-Match)."""


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - JSON
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {
            "type": f"urn:launchpad:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": detail,
        }
        self.body |= {name: value for name, value in more.items() if value is not None}
        if errors:
            self.body["errors"] = [{"field": error.field, "reason": error.reason} for error in errors]

    def response(self) -> Response:
        """The answer itself."""
        return Response(orjson.dumps(self.body, default=str), self.status, self.headers, MEDIA_TYPE)


def of_outcome(outcome: Outcome) -> Problem | None:
    """What a single command is told that was not accepted."""
    if outcome.kind is OutcomeKind.ACCEPTED:
        return None
    code, sentence = outcome.code or outcome.kind.value, outcome.sentence or ""
    if outcome.kind is OutcomeKind.UNAUTHENTICATED:
        return unauthenticated(code, sentence)
    about: dict[str, Any] = {"command_id": outcome.command_id, "outcome": outcome.kind.value, "position": outcome.position}
    return Problem(_status(outcome.kind, code), code, sentence, errors=outcome.errors, **about)


def _status(kind: OutcomeKind, code: str) -> int:
    if kind is OutcomeKind.INVALID:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if kind is OutcomeKind.REFUSED and code in FORBIDDEN:
        return HTTPStatus.FORBIDDEN
    if kind is OutcomeKind.REFUSED and code.endswith("_unknown"):
        return HTTPStatus.NOT_FOUND
    if kind is OutcomeKind.REFUSED and code == CHANGED_MEANWHILE:
        return HTTPStatus.PRECONDITION_FAILED
    return HTTPStatus.CONFLICT


def unauthenticated(code: str, sentence: str) -> Problem:
    """Nobody was recognised; where the issuer's keys can't be had, that may pass."""
    if code == "issuer_unavailable":
        return unavailable(code, sentence)
    challenge = "Bearer" if code == "token_missing" else 'Bearer error="invalid_token"'  # RFC 6750, section 3
    return Problem(HTTPStatus.UNAUTHORIZED, code, sentence, headers={"WWW-Authenticate": challenge})


def unavailable(code: str, sentence: str, **more: Any) -> Problem:  # noqa: ANN401 - JSON
    """Something is away for the moment; the same request may be sent again."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, code, sentence, headers={"Retry-After": str(RETRY_SECONDS)}, **more)


def database_away() -> Problem:
    """What a request is told that met no database; a command with the same id may be sent again."""
    return unavailable("database_away", "the database does not answer; send the same request again, a command has one effect at most")


def vault_closed() -> Problem:
    """What a request is told by a process that has missed a change of the master key."""
    return unavailable("vault_closed", "this server can't open its vault: its operator must start it anew, with the master key in force")


def tell_problems(app: FastAPI) -> None:
    """Make every error of this application a problem."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, problem: Problem) -> Response:
        return problem.response()

    @app.exception_handler(OAuthError)
    async def _oauth(_: Request, error: OAuthError) -> Response:
        return error.response()

    @app.exception_handler(HTTPException)
    async def _of_framework(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name.lower()
        detail = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not offered here"}
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (offered := _offered(request)):
            headers["Allow"] = offered
        told = Problem(error.status_code, code, detail.get(error.status_code, str(error.detail)), headers=headers)
        return told.response()

    @app.exception_handler(RequestValidationError)
    async def _parameters(_: Request, error: RequestValidationError) -> Response:
        errors = [FieldError(".".join(map(str, each["loc"][1:])), each["msg"]) for each in error.errors()]
        detail = "the request is not well-formed; the errors say where"
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors).response()


def _offered(request: Request) -> str | None:
    """Every method of this path (RFC 9110, section 15.5.6), where it is described: the framework names those of one route alone."""
    route = request.scope.get("route")
    operations = request.app.openapi()["paths"].get(getattr(route, "path", None))
    return None if operations is None else ", ".join(sorted(map(str.upper, operations)))


class LastResort:
    """Around everything: what nobody foresaw is logged with an id, and the caller hears the id and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Any) -> None:  # noqa: ANN401 - an ASGI message
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _mark(scope["path"], message)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            problem = _foreseen(error)
            if scope["type"] == "http" and not started:
                await problem.response()(scope, receive, watched)


def _mark(path: str, start: Any) -> None:  # noqa: ANN401 - an ASGI message
    """Say of every answer that it is what it says, and of people's data that nobody in between keeps them."""
    headers = MutableHeaders(scope=start)
    headers["X-Content-Type-Options"] = "nosniff"
    if path.startswith("/v1/"):
        headers["Cache-Control"] = "no-store"


def _foreseen(error: Exception) -> Problem:
    if isinstance(error, LogUnavailable | psycopg.OperationalError | psycopg.InterfaceError):
        structlog.get_logger("http").warning("database away", error=type(error).__name__)
        return database_away()
    if isinstance(error, WrongMasterKey):
        structlog.get_logger("http").error("vault closed", error=str(error))
        return vault_closed()
    mark = token_hex(4)
    structlog.get_logger("http").error("unexpected error", mark=mark, exc_info=error)
    return Problem(500, "internal", f"an unexpected error, a mistake of ours; report it as {mark}", mark=mark)
