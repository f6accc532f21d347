"""What became of a command. Accepted and refused are final and kept; the others use up nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class OutcomeKind(StrEnum):
    """The kinds of answer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    COMMAND_ID_REUSED = "command_id_reused"


class FieldError(NamedTuple):
    """Where a command is not well-formed, and why."""

    field: str
    reason: str


class Outcome(NamedTuple):
    """The answer to one command: `position` is the place in the log to wait for; refusals have a code and a sentence."""

    command_id: UUID | None
    kind: OutcomeKind
    position: int | None = None
    code: str | None = None
    sentence: str | None = None
    errors: tuple[FieldError, ...] = ()


def command_id_reused(command_id: UUID) -> Outcome:
    """Answer a command whose id was used for another request, or by another principal."""
    sentence = "this command id was used before, for another request or by another principal; make a new id"
    return Outcome(command_id, OutcomeKind.COMMAND_ID_REUSED, code="command_id_reused", sentence=sentence)


@dataclass(frozen=True, slots=True)
class Kept:
    """A final outcome with what tells a repeat from a reuse."""

    outcome: Outcome
    principal: str
    on_behalf_of: UUID | None
    digest: bytes
