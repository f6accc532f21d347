"""A first sign-in registers a developer: with the name and the e-mail address that his token carries."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final
from uuid import UUID, uuid4, uuid5

import orjson
from fastapi import Request as HttpRequest
from starlette.concurrency import run_in_threadpool

from adapters.http.problems import Problem
from adapters.http.said import outcomes_of
from adapters.identity.verifier import TokenVerifier
from adapters.intake import Request
from commands.outcome import OutcomeKind
from commands.ports import Log
from domain.developer import Developer

REGISTER: Final = "developer.register.v1"
FIRST_SIGN_IN: Final = "first sign-in"
KNOWN_MAX: Final = 100_000
"""Developers remembered as registered, some 10 MB; more only cost a look into the log again."""


async def sign_in(request: HttpRequest, person: UUID) -> bool:
    """See that this person, whose token was verified, is registered; False where the token does not say enough to register him."""
    known: set[UUID] = request.app.state.signed_in
    if person in known:
        return True
    registered = await run_in_threadpool(_is_registered, request, person) or await _register(request, person)
    if registered:
        if len(known) >= KNOWN_MAX:
            known.clear()
        known.add(person)
    return registered


def profile_missing() -> Problem:
    """What a person is told who owns nothing yet and whose token does not say who he is."""
    detail = "you are not registered, and your token has no `name` and `email` to register you by: PATCH /v1/developers/me with both first"
    return Problem(HTTPStatus.CONFLICT, "profile_missing", detail)


def _is_registered(request: HttpRequest, person: UUID) -> bool:
    log: Log = request.app.state.launchpad.log
    stream = Developer.at(person)
    return log.load([stream], []).histories[stream].version > 0


async def _register(request: HttpRequest, person: UUID) -> bool:
    header = request.headers.get("authorization")
    verifier: TokenVerifier = request.app.state.launchpad.verifier
    profile = verifier.profile_of_bearer(header)
    if profile is None:
        return False
    said = {"developer_id": person, "name": profile.name, "email": profile.email}
    # Whatever the token says by then: the first sign-in is one command, and whoever is first registers him.
    sent = Request(uuid5(person, FIRST_SIGN_IN), REGISTER, orjson.dumps(said), header, content=b"{}")
    outcome = (await outcomes_of(request, [sent]))[0]
    if outcome.kind is OutcomeKind.COMMAND_ID_REUSED:  # Somebody foresaw the id, and used it up: that shall keep nobody out.
        outcome = (await outcomes_of(request, [replace(sent, command_id=uuid4())]))[0]
    return outcome.kind is OutcomeKind.ACCEPTED or outcome.code == "id_used"
