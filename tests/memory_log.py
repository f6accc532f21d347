"""A log in memory: a real one in all that commands can tell, for tests that need no database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from commands.outcome import Kept, Outcome
from commands.ports import Appended, Batch, Conflict, History, Loaded, Log, NewEvent
from domain.event import Event
from domain.state import Stream

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class MemoryLog:
    """Streams, outcomes and a clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.appended: list[NewEvent] = []
        self.outcomes: dict[UUID, Kept] = {}
        self.loads = 0
        self._streams: dict[Stream, list[Event]] = {}

    def given(self, stream: Stream, *events: Event) -> None:
        """Let these have happened."""
        for event in events:
            history = self._streams.setdefault(stream, [])
            history.append(event)
            self.appended.append(NewEvent(stream, len(history), event))

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        self.loads += 1
        histories = {stream: History(len(events), tuple(events)) for stream in streams for events in (self._streams.get(stream, []),)}
        return Loaded(histories, {each: self.outcomes[each] for each in command_ids if each in self.outcomes}, self.now)

    def append(self, batch: Batch) -> Appended | Conflict:
        stale = [stream for stream, version in batch.versions.items() if len(self._streams.get(stream, [])) != version]
        known = [each.envelope.command_id for each in batch.decided if each.envelope.command_id in self.outcomes]
        if stale or known:
            return Conflict(stale, known)
        positions = []
        for decided in batch.decided:
            for new in decided.events:
                self.given(new.stream, new.event)
            outcome = decided.outcome
            placed = Outcome(outcome.command_id, outcome.kind, len(self.appended), outcome.code, outcome.sentence)
            envelope = decided.envelope
            self.outcomes[envelope.command_id] = Kept(placed, envelope.principal.text, envelope.on_behalf_of, envelope.digest)
            positions.append(len(self.appended))
        return Appended(positions)

    def start_load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Future[Loaded]:
        future: Future[Loaded] = Future()
        future.set_result(self.load(streams, command_ids))
        return future

    def start_append(self, batch: Batch) -> Future[Appended | Conflict]:
        future: Future[Appended | Conflict] = Future()
        try:
            future.set_result(self.append(batch))
        except Exception as error:  # noqa: BLE001 - a future holds whatever comes
            future.set_exception(error)
        return future

    @contextmanager
    def locked(self) -> Iterator[Log]:
        yield self
