"""The one way in: a request becomes an envelope, or its answer says why not. Kafka, HTTP and the command line all come through here."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.verifier import TokenVerifier
from commands.catalogue import CATALOGUE
from commands.command import Command, Envelope
from commands.outcome import FieldError, Outcome, OutcomeKind
from domain.limits import MESSAGE_BYTES_MAX

ERRORS_MAX = 20
"""Enough to mend a command by. A message full of mistakes must not bring a reply that no topic takes."""
FIELD_CHARACTERS_MAX = 100
"""Of a field's name in an error: the sender may have made it up, at any length."""


NOT_JSON: Final = "not_json"
"""The code of what can't be decoded at all: on the bus it goes to quarantine."""
CLAIMED: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))
"""What a sender's clock may say. Beyond it lie times that PostgreSQL keeps and no reader of the log in Python could read again."""


def claimed(time: datetime) -> datetime:
    """Take what a sender's clock says. Raises ValueError where no clock says so."""
    first, end = CLAIMED
    if not first <= time < end:
        raise ValueError(f"lies before {first.year} or after {end.year - 1}")
    return time


@dataclass(frozen=True, slots=True)
class Request:
    """A command as it was sent: nothing but its id has been looked at."""

    command_id: UUID
    name: str
    payload: bytes
    authorization: str | bytes | None
    subject: str | None = None
    """What the message says it is about; must be the command's target where it is given."""
    on_behalf_of: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    claimed_at: datetime | None = None
    traceparent: str | None = None
    if_version: int | None = None
    """The version that the target must still have."""
    content: bytes | None = None
    """The caller's own request, where the edge has added a secret's digest and ids to it: it is what a repeat is known by."""


class Intake:
    """Reads requests: who sends it, which command, is it well-formed. Decides nothing. Safe to share between threads."""

    def __init__(self, verifier: TokenVerifier, content_key: bytes) -> None:
        self._verifier = verifier
        self._content_key = content_key

    def read(self, request: Request) -> Envelope | Outcome:
        """Return an envelope, or the outcome of what is unauthenticated or invalid; neither uses up the command id."""
        try:
            principal = self._verifier.verify_bearer(request.authorization)
        except NotAuthenticated as no:
            return Outcome(request.command_id, OutcomeKind.UNAUTHENTICATED, code=no.code, sentence=no.sentence)
        try:
            command = _parsed(request)
            return Envelope(
                request.command_id,
                request.name,
                command,
                principal,
                self._digest(request),
                _person(request.on_behalf_of),
                request.correlation_id,
                request.causation_id,
                request.claimed_at,
                request.traceparent,
                request.if_version,
            )
        except _Invalid as invalid:
            return Outcome(
                request.command_id, OutcomeKind.INVALID, code=invalid.code, sentence=invalid.sentence, errors=tuple(invalid.errors)
            )

    def _digest(self, request: Request) -> bytes:
        """HMAC-SHA256 of the request in canonical form: keyed, since a payload may hold little but a name to guess."""
        try:
            content = orjson.loads(request.payload if request.content is None else request.content)
        except orjson.JSONDecodeError as error:
            raise _NotJson([FieldError("", f"not JSON: {error.msg} at character {error.pos}")]) from None
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return hmac.digest(self._content_key, request.name.encode() + b"\n" + canonical, "sha256")


class _Invalid(Exception):
    code, sentence = "invalid", "the command is not well-formed; the errors say where"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = errors


class _NotJson(_Invalid):
    code, sentence = NOT_JSON, "the command is not JSON that can be read; the errors say where"


def _parsed(request: Request) -> Command:
    entry = CATALOGUE.get(request.name)
    if entry is None:
        near = get_close_matches(request.name, CATALOGUE, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; the catalogue in the reference names them all"
        raise _Invalid([FieldError("type", f"there is no command of this name{hint}")])
    if len(request.payload) > MESSAGE_BYTES_MAX:
        raise _Invalid([FieldError("", f"larger than {MESSAGE_BYTES_MAX} bytes")])
    try:
        command = entry.command.model_validate_json(request.payload)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:ERRORS_MAX]
        errors = [FieldError(".".join(map(str, each["loc"]))[:FIELD_CHARACTERS_MAX], each["msg"]) for each in found]
        raise (_NotJson if found[0]["type"] == "json_invalid" else _Invalid)(errors) from None
    if request.subject is not None and request.subject != str(command.target):
        raise _Invalid([FieldError("subject", "names something else than the command: it is the id of what the command is about")])
    return command


def _person(on_behalf_of: str | None) -> UUID | None:
    if on_behalf_of is None:
        return None
    try:
        return UUID(on_behalf_of)
    except ValueError:
        raise _Invalid([FieldError("onbehalfof", "is a developer's id, a UUID")]) from None
