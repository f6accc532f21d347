"""A refusal, for the record: who (the record says), which command, on what, and why not; never the payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.event import Event
from domain.state import State


class CommandRefused(Event):
    command: str
    target: str
    code: str
    sentence: str


@dataclass(frozen=True)
class RefusedCommand(State):
    """The stream of one command id, which holds at most its refusal."""

    KIND: ClassVar[str] = "command"

    code: str = ""

    def evolve(self, event: CommandRefused) -> RefusedCommand:
        """History is never refused: no rule may be checked here."""
        return self.but(code=event.code)
