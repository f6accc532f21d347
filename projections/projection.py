"""What a projection is: two pure functions, and the rows that they fill."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.event import Event
from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Projection:
    """How the rows of one table follow from events.

    `keys` names the rows that an event touches (none, one or many), by primary key in the table's column order. `fold` makes the row
    after the event from the row before it; none is a row that is not there. Both are pure and see nothing but their arguments.
    """

    name: str
    row: type[Any]
    events: frozenset[type[Event]]
    """The events that `keys` may answer to; others are not even decoded."""
    keys: Callable[[Recorded[Any]], Sequence[Hashable]]
    fold: Callable[[Any, Recorded[Any]], Any]


class OutOfPlace(Exception):
    """An event that does not fit the row before it: an earlier one was missed, or came twice. Never passed over in silence."""

    def __init__(self, row: object, recorded: Recorded[Any]) -> None:
        before = "no row" if row is None else "the row that is there"
        super().__init__(f"{type(recorded.event).__name__} does not fit {before}")


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Projections that share one bookmark: whoever reads them sees them all as of the same position."""

    name: str
    version: int
    projections: tuple[Projection, ...]
