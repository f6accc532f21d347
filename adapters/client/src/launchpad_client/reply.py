"""What comes back: the reply to one command, and the promise of it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any, Literal, Self
from uuid import UUID

Outcome = Literal["accepted", "refused", "invalid", "unauthenticated", "command_id_reused"]


class NoReply(TimeoutError):
    """No reply came in time. The command may still be carried out: send it again with the SAME id, it has one effect at most."""


class NotSent(Exception):
    """The bus did not take the command. Send it again with the same id."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of an invalid command."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of a command. Accepted: `position` in the log, to read one's own write. Else: a stable `code` and a sentence."""

    command_id: UUID
    outcome: Outcome
    position: int | None = None
    code: str | None = None
    sentence: str | None = None
    errors: tuple[FieldError, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it was done, now or at the first time that this id was sent."""
        return self.outcome == "accepted"

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Read a reply's value. Raises ValueError, KeyError or TypeError for what is none."""
        said: dict[str, Any] = json.loads(value)
        errors = tuple(FieldError(error["field"], error["reason"]) for error in said.get("errors") or ())
        return cls(UUID(said["command_id"]), said["outcome"], said.get("position"), said.get("code"), said.get("sentence"), errors)


class PendingReply:
    """The promise of a reply. Dropping it means that nobody waits any more."""

    def __init__(self, command_id: UUID) -> None:
        self.command_id = command_id
        self._done = threading.Event()
        self._reply: Reply | None = None
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether waiting would return at once."""
        return self._done.is_set()

    def wait(self, timeout_seconds: float = 30.0) -> Reply:
        """The reply. Raises NoReply after that many seconds, NotSent where the bus did not take the command."""
        if not self._done.wait(timeout_seconds):
            raise NoReply(f"no reply to command {self.command_id} within {timeout_seconds:g} s; send it again with the same id")
        if self._reply is not None:
            return self._reply
        raise NotSent(f"the bus did not take command {self.command_id}; send it again with the same id") from self._error

    def resolve(self, reply: Reply) -> None:
        """The reply is here; a later one for the same command says the same and is passed over."""
        self._reply = self._reply or reply
        self._done.set()

    def fail(self, error: BaseException) -> None:
        """The command did not reach the bus."""
        self._error = error
        self._done.set()
