"""POST /v1/verify and /v1/verify/batch: a gateway asks whether credentials open products now. Plain routes, since they are hot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.checking.checks import CannotCheck, Check
from adapters.checking.verdict import Verdict
from adapters.http.bodies import json_answer
from adapters.http.checking_parts import CheckingParts, headers_named
from adapters.http.gateways import gateway, must_ask_about
from adapters.http.problems import Problem, unavailable
from adapters.http.verify_bodies import CheckIn, ChecksIn, verdict_out
from commands.outcome import FieldError

BODY_BYTES_MAX: Final = 64 * 1024
"""The largest token, eight times."""
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024
"""Five hundred of the largest tokens."""
BODY_SECONDS_MAX: Final = 10
"""A gateway sends its question whole."""
Asked = TypeVar("Asked", bound=BaseModel)


class Verify:
    """One check, or a batch of them."""

    def __init__(self, parts: CheckingParts, form: type[CheckIn | ChecksIn], bytes_max: int) -> None:
        self._parts = parts
        self._form = form
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != "POST":
            raise Problem(405, "method_not_allowed", f"{scope['method']} is not offered here", headers={"Allow": "POST"})
        principal = await gateway(self._parts.verifier, headers_named(scope, b"authorization"), self._parts.questions)
        said = parsed(self._form, await body(receive, self._bytes_max))
        asked = [said] if isinstance(said, CheckIn) else said.checks
        for each in asked:
            must_ask_about(principal, each.product_id)
        verdicts = await self._judged(asked)
        if isinstance(said, CheckIn):
            return json_answer(verdict_out(verdicts[0]))
        return json_answer({"verdicts": [verdict_out(verdict) for verdict in verdicts]})

    async def _judged(self, asked: Sequence[CheckIn]) -> list[Verdict]:
        try:
            verdicts = await self._parts.checks.check([Check(each.credential, each.product_id) for each in asked])
        except CannotCheck as cannot:
            raise unavailable("cannot_check", f"{cannot}; ask again") from None
        for verdict, each in zip(verdicts, asked, strict=True):
            self._parts.failures.note(verdict, each.client_address)
        return verdicts


async def body(receive: Receive, bytes_max: int) -> bytes:
    """The whole body, within limits of size and time. Raises Problem."""
    message = await _next(receive)
    if not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
    else:
        parts = bytearray(message.get("body", b""))
        while message.get("more_body", False) and len(parts) <= bytes_max:
            message = await _next(receive)
            parts += message.get("body", b"")
        whole = bytes(parts)
    if len(whole) > bytes_max:
        raise Problem(413, "too_large", f"the body is larger than {bytes_max} bytes")
    return whole


async def _next(receive: Receive) -> Any:  # noqa: ANN401 - an ASGI message
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            message = await receive()
    except TimeoutError:
        raise Problem(408, "body_too_slow", f"nothing of the body arrived within {BODY_SECONDS_MAX} s") from None
    if message["type"] == "http.disconnect":
        raise Problem(400, "disconnected", "the sender hung up")
    return message


def parsed(form: type[Asked], text: bytes) -> Asked:
    """The body as it should be. Raises Problem, which repeats nothing of it."""
    try:
        said = orjson.loads(text)  # Stricter than pydantic's own: no NaN, no lone surrogates.
    except orjson.JSONDecodeError as error:
        raise Problem(400, "not_json", f"the body is not JSON: {error.msg} at character {error.pos}") from None
    try:
        return form.model_validate(said)
    except ValidationError as error:
        found = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Problem(422, "invalid", "the question is not well-formed; the errors say where", errors=found) from None


def routes(parts: CheckingParts) -> list[Route]:
    """Ways to ask in JSON."""
    return [
        Route("/v1/verify", Verify(parts, CheckIn, BODY_BYTES_MAX), name="verify"),
        Route("/v1/verify/batch", Verify(parts, ChecksIn, BATCH_BYTES_MAX), name="verify_batch"),
    ]
