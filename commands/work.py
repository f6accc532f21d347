"""The unit of work of one batch: what its commands know, and what they record; it commits nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """An aggregate as it is known now. Work moves it on; whoever keeps it drops it when the work came to nothing."""

    stream: Stream
    version: int
    state: S


class Work:
    """What one batch knows, and what its commands have recorded so far: a later command sees the earlier one's events."""

    __slots__ = ("_before", "_declared", "_recorded", "command_id", "envelope", "known", "now", "read_versions", "touched")

    def __init__(self) -> None:
        self.now: datetime
        self.envelope: Envelope
        self.command_id: UUID
        self.known: dict[Stream, Known[Any]] = {}
        self.read_versions: dict[Stream, int] = {}
        """The version, before this batch, of every stream that any of its commands has read."""
        self.touched: set[Stream] = set()
        """The streams that commands of this batch have recorded events in."""
        self._declared: Iterable[Stream] = ()
        self._before: dict[Stream, tuple[int, Any]] = {}
        self._recorded: list[NewEvent] = []

    def begin(self, envelope: Envelope, declared: Sequence[Stream]) -> None:
        """Start with the next command, which may load what it declared and nothing else."""
        self.envelope = envelope
        self.command_id = envelope.command_id
        self._declared = declared
        self._before = {}
        self._recorded = []

    @property
    def is_system(self) -> bool:
        """Whether we act ourselves, because something fell due; an admin, who needs no such reason, acts as an admin."""
        principal = self.envelope.principal
        return principal.has(Role.SYSTEM) and not principal.has(Role.PORTAL_ADMIN) and self.envelope.on_behalf_of is None

    def load(self, kind: type[S], id: UUID) -> Known[S]:  # noqa: A002 - as State.at
        """Return an aggregate as it is after all that this batch recorded before; raises Undeclared where `reads` did not name it."""
        stream = kind.at(id)
        if stream not in self._declared:
            raise Undeclared(f"{self.envelope.name} loads {stream}, which its reads don't name")
        known: Known[Any] = self.known[stream]
        if stream not in self.read_versions:
            self.read_versions[stream] = known.version
        return known

    def version(self, stream: Stream) -> int:
        """Return how many events a declared stream has by now; it must still have them at the append."""
        known = self.known[stream]
        self.read_versions.setdefault(stream, known.version)
        return known.version

    def record(self, known: Known[Any], events: Sequence[Event]) -> None:
        """Let events happen: the aggregate is in its new state at once."""
        if not events:
            return
        stream, version, state = known.stream, known.version, known.state
        self._before.setdefault(stream, (version, state))
        for event in events:
            version += 1
            state = state.evolve(event)
            self._recorded.append(NewEvent(stream, version, event))
        known.version, known.state = version, state

    def done(self) -> list[NewEvent]:
        """End the command: what it recorded stands."""
        self.touched.update(self._before)
        return self._recorded

    def undo(self) -> None:
        """End the command as if it had recorded nothing; what it read stays read."""
        for stream, (version, state) in self._before.items():
            known = self.known[stream]
            known.version, known.state = version, state

    def state(self, kind: type[S], id: UUID) -> S:  # noqa: A002 - as State.at
        """Return a state as it is now in this batch, for reads that depend on it."""
        found: S = self.known[kind.at(id)].state
        return found

    def knows(self, streams: Iterable[Stream]) -> bool:
        """Whether all of these were loaded for this batch."""
        return all(stream in self.known for stream in streams)
