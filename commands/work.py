"""The unit of work of one batch: what commands read, and what they record; it commits nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from commands.command import Envelope
from commands.ports import NewEvent
from commands.principal import Role
from domain.event import Event
from domain.state import State, Stream

S = TypeVar("S", bound=State)


class Undeclared(Exception):
    """A handler loaded a stream that its `reads` did not name: a mistake of ours, never of the sender."""


@dataclass(slots=True)
class Known(Generic[S]):
    """An aggregate as the batch knows it now."""

    stream: Stream
    version: int
    state: S


class Work:
    """What one batch has loaded, and what its commands have recorded so far: a later command sees the earlier one's events."""

    __slots__ = ("_before", "_declared", "_known", "_read", "_recorded", "command_id", "envelope", "now")

    def __init__(self, known: Mapping[Stream, tuple[int, State]], now: datetime) -> None:
        self.now = now
        self.envelope: Envelope
        self.command_id: UUID
        self._known = {stream: Known(stream, version, state) for stream, (version, state) in known.items()}
        self._read: dict[Stream, int] = {}
        self._declared: frozenset[Stream] = frozenset()
        self._before: dict[Stream, tuple[int, State]] = {}
        self._recorded: list[NewEvent] = []

    def begin(self, envelope: Envelope, declared: Iterable[Stream]) -> None:
        """Start with the next command, which may load what it declared and nothing else."""
        self.envelope = envelope
        self._declared = frozenset(declared)
        self._before = {}
        self._recorded = []

    @property
    def is_system(self) -> bool:
        """Whether we act ourselves, because something fell due."""
        return self.envelope.principal.has(Role.SYSTEM) and self.envelope.on_behalf_of is None

    def load(self, kind: type[S], id: UUID) -> Known[S]:  # noqa: A002 - as State.at
        """Return an aggregate as it is after all that this batch recorded before; raises Undeclared where `reads` did not name it."""
        stream = kind.at(id)
        if stream not in self._declared:
            raise Undeclared(f"{self.envelope.name} loads {stream}, which its reads don't name")
        known: Known[Any] = self._known[stream]
        if stream not in self._read:
            self._read[stream] = known.version
        return known

    def record(self, known: Known[Any], events: Sequence[Event]) -> None:
        """Let events happen: the aggregate is in its new state at once."""
        if not events:
            return
        if known.stream not in self._before:
            self._before[known.stream] = (known.version, known.state)
        for event in events:
            known.version += 1
            known.state = known.state.evolve(event)
            self._recorded.append(NewEvent(known.stream, known.version, event))

    def done(self) -> list[NewEvent]:
        """End the command: what it recorded stands."""
        return self._recorded

    def undo(self) -> None:
        """End the command as if it had recorded nothing; what it read stays read."""
        for stream, (version, state) in self._before.items():
            known = self._known[stream]
            known.version, known.state = version, state
        self._before = {}
        self._recorded = []

    @property
    def read_versions(self) -> dict[Stream, int]:
        """The version, before this batch, of every stream that any of its commands has read."""
        return self._read

    def knows(self, streams: Iterable[Stream]) -> bool:
        """Whether all of these were loaded for this batch."""
        return all(stream in self._known for stream in streams)

    def state(self, kind: type[S], id: UUID) -> S:  # noqa: A002 - as State.at
        """Return a state as it is now in this batch, for reads that depend on it; an unloaded one is absent."""
        known: Known[Any] | None = self._known.get(kind.at(id))
        state: S = kind() if known is None else known.state
        return state

    def states(self) -> Mapping[Stream, tuple[int, State]]:
        """All aggregates that were read, as they are after the batch."""
        return {stream: (known.version, known.state) for stream in self._read for known in (self._known[stream],)}
