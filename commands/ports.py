"""What commands need of the log: to load streams with earlier outcomes, and to append a decided batch in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from commands.command import Envelope
from commands.outcome import Kept, Outcome
from domain.event import Event
from domain.state import Stream


class LogUnavailable(Exception):
    """The log can't be reached, its answer was lost, or it needs a newer version of this program.

    An append may have happened or not; outcomes tell, once it is back.
    """


class History(NamedTuple):
    """A stream's events in order; its version is how many there are."""

    version: int
    events: Sequence[Event]


class Loaded(NamedTuple):
    """What one load brings: every asked stream (absent ones with version 0), outcomes of the asked ids, the database's time."""

    histories: Mapping[Stream, History]
    outcomes: Mapping[UUID, Kept]
    now: datetime


class NewEvent(NamedTuple):
    """An event to append, at its place in its stream."""

    stream: Stream
    version: int
    event: Event


class Decided(NamedTuple):
    """One command's decision: accepted with its events (perhaps none), or refused with the refusal's event."""

    envelope: Envelope
    outcome: Outcome
    """Without its position, which the append gives."""
    events: Sequence[NewEvent]


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions to append together, and the version of every stream that they read or write (0: absent)."""

    versions: Mapping[Stream, int]
    decided: Sequence[Decided]


class Appended(NamedTuple):
    """The batch is in the log: each command's position, in the batch's order."""

    positions: Sequence[int]


class Conflict(NamedTuple):
    """Nothing was appended: somebody was first. Both may be empty when it is not known who."""

    streams: Collection[Stream]
    """The streams that have moved on."""
    command_ids: Collection[UUID]
    """The command ids that have an outcome by now."""


class Loading(Protocol):
    """A load under way."""

    def result(self) -> Loaded:
        """Wait for what it brings, once. Raises LogUnavailable."""
        ...


class Appending(Protocol):
    """An append under way."""

    def result(self) -> Appended | Conflict:
        """Wait for its end, once. Raises LogUnavailable."""
        ...


class Log(Protocol):
    """The log of events with the outcomes beside it."""

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        """Read streams, outcomes and time, in one query."""
        ...

    def start_load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loading:
        """Ask for the same, and return at once: something else can be done meanwhile."""
        ...

    def append(self, batch: Batch) -> Appended | Conflict:
        """Append events, outcomes and access rows in one transaction, or nothing."""
        ...

    def start_append(self, batch: Batch) -> Appending:
        """Begin to append, and return at once: what comes next can be decided meanwhile."""
        ...

    def locked(self) -> AbstractContextManager[Log]:
        """A log that holds the append lock until the context ends: what it loads can't change before it appends (once)."""
        ...
