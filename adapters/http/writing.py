"""What every write to a resource is: one command, sent as the bus would send it, and known again by its Idempotency-Key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Final
from uuid import UUID, uuid4, uuid5

import orjson
from fastapi import Depends, Header, Query
from fastapi import Request as HttpRequest

from adapters.http.problems import Problem, of_outcome
from adapters.http.said import json_or_nothing_of, outcomes_of, trace_of
from adapters.http.signing_in import sign_in
from adapters.http.who import asks
from adapters.intake import Request
from commands.outcome import FieldError, Outcome
from commands.principal import Principal

IDEMPOTENCY: Final = UUID("0a1d5b0e-6f0b-4c0a-9a4e-5f7c2a8d3e61")
"""The namespace of the command ids that are made from Idempotency-Keys. Never change it: a repeat is known by them."""
KEY_CHARACTERS_MAX: Final = 255
VERSION: Final = re.compile(r'"(\d{1,18})(?:-[0-9a-f]+)?"')
"""An ETag of ours; what follows the version is for If-None-Match alone."""

Said = Mapping[str, Any]
NOTHING: Final[Said] = MappingProxyType({})

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=KEY_CHARACTERS_MAX,
        description="Any text of yours. The same request with the same key has one effect, and is told its first outcome.",
    ),
]
IfMatch = Annotated[str | None, Header(description="The ETag of what you saw: refused with 412 where somebody has changed it since.")]
OnBehalfOf = Annotated[UUID | None, Query(description="The developer to act for, where the token's `may_act` allows it.")]


@dataclass(frozen=True, slots=True)
class Writing:
    """One request that writes. Its repr shows nothing of what was sent."""

    request: HttpRequest = field(repr=False)
    principal: Principal
    command_id: UUID
    on_behalf_of: UUID | None
    if_version: int | None
    said: dict[str, Any] = field(repr=False)
    """The caller's own JSON."""
    registered: bool
    """Whether the person who asks is a registered developer; a first sign-in makes him one."""

    @property
    def person(self) -> UUID | None:
        """The developer whose rights count."""
        return self.principal.person_id if self.on_behalf_of is None else self.on_behalf_of

    def new_id(self, what: str) -> UUID:
        """The id of something that this request makes: a repeat makes the same."""
        return uuid5(self.command_id, what)

    def command(
        self, name: str, made: Said, *, default: Said = NOTHING, override: Said = NOTHING, said: Said | None = None, part: str = ""
    ) -> Request:
        """The command that this asks for: what the caller said, with what only we know; `part` tells several apart. Raises Problem."""
        if given := sorted(self.said.keys() & made.keys()):
            errors = [FieldError(name, "is not said in the body: the path names it, or it is made here") for name in given]
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the request is not well-formed", errors=errors)
        headers, url = self.request.headers, self.request.url
        content = [self.request.method, url.path, url.query, headers.get("if-match"), self.said, part]
        return Request(
            command_id=uuid5(self.command_id, part) if part else self.command_id,
            name=name,
            payload=orjson.dumps({**default, **(self.said if said is None else said), **made, **override}),
            authorization=headers.get("authorization"),
            on_behalf_of=None if self.on_behalf_of is None else str(self.on_behalf_of),
            traceparent=trace_of(self.request),
            if_version=self.if_version,
            content=orjson.dumps(content),
        )

    async def send(self, name: str, made: Said, *, default: Said = NOTHING, override: Said = NOTHING) -> Outcome:
        """Send that command; its outcome, if it was accepted. Raises Problem."""
        outcome = (await outcomes_of(self.request, [self.command(name, made, default=default, override=override)]))[0]
        if problem := of_outcome(outcome):
            raise problem
        return outcome


async def _writing(
    request: HttpRequest,
    principal: Annotated[Principal, Depends(asks)],
    idempotency_key: IdempotencyKey = None,
    onbehalfof: OnBehalfOf = None,
) -> Writing:
    if len(request.headers.getlist("idempotency-key")) > 1:
        raise _invalid("idempotency-key", "is given twice")
    said = await json_or_nothing_of(request)
    if not isinstance(said, dict):
        raise _invalid("", "the body is a JSON object")
    registered = principal.person_id is not None and await sign_in(request, principal.person_id)
    command_id = uuid4() if idempotency_key is None else uuid5(IDEMPOTENCY, f"{principal.text}\n{idempotency_key}")
    return Writing(request, principal, command_id, onbehalfof, None, said, registered)


async def _writing_if(writing: Annotated[Writing, Depends(_writing)], if_match: IfMatch = None) -> Writing:
    if if_match is None or if_match.strip() == "*":
        return writing
    found = VERSION.fullmatch(if_match.strip())
    if found is None:
        raise _invalid("if-match", "is no ETag of ours: give the one of what you saw, whole")
    return replace(writing, if_version=int(found[1]))


Write = Annotated[Writing, Depends(_writing)]
"""A write, as a parameter of a route."""
WriteIf = Annotated[Writing, Depends(_writing_if)]
"""A write that may say which version it is meant for."""


def _invalid(field: str, reason: str) -> Problem:
    detail = "the request is not well-formed; the errors say where"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=[FieldError(field, reason)])
