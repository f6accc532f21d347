"""An occasion: something happened that people are told of. It is noted once, together with all the notices that it brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.event import Event
from domain.state import State


class OccasionNoted(Event):
    """`concerns` names what waited for it; `notices` is how many came of it, perhaps none."""

    kind: str
    concerns: UUID
    notices: int


@dataclass(frozen=True)
class Occasion(State):
    """Whether people were told."""

    KIND: ClassVar[str] = "occasion"

    is_noted: bool = False

    def note(self, kind: str, concerns: UUID, notices: int) -> list[OccasionNoted]:
        return [] if self.is_noted else [OccasionNoted(kind=kind, concerns=concerns, notices=notices)]

    def evolve(self, event: OccasionNoted) -> Occasion:
        """History is never refused: no rule may be checked here."""
        del event  # There is one kind, and it says all.
        return Occasion(is_noted=True)
