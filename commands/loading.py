"""What a batch needs, loaded in two rounds at most: what its commands name, then what the states found name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any
from uuid import UUID

from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.found import Found
from commands.kinds import absent
from commands.outcome import Kept
from commands.ports import History, Loaded, Loading, Log
from commands.who_may import reads_of_actor, reads_of_owner
from commands.work import Known, Work
from domain.state import Stream

KNOWN_MAX = 10_000
"""Aggregates kept between batches, some 10 MB: what commands soon come back to. Their versions are checked at each append, so that a
stale one only costs a second try."""


class Memory:
    """Aggregates that earlier batches left.

    It may lag behind the log; the append tells. While batches overlap it runs ahead of the log as well: where one of them then loses, no
    version need tell, so all of this is forgotten and whatever was decided on it is decided again.
    """

    def __init__(self) -> None:
        self._known: dict[Stream, Known[Any]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept: then all that a batch knows was read for it."""
        return not self._known

    def recall(self, streams: set[Stream], known: dict[Stream, Known[Any]]) -> set[Stream]:
        """Put what is kept of these streams with what is known; return those of which nothing is."""
        missing = set()
        kept = self._known
        for stream in streams:
            if stream in known:
                continue
            if stream in kept:
                known[stream] = kept[stream]
            else:
                missing.add(stream)
        return missing

    def keep(self, known: Mapping[Stream, Known[Any]]) -> None:
        """Keep what a batch knows; what was kept longest ago goes."""
        for stream in known:
            self._known.pop(stream, None)
        self._known.update(known)
        for stream in list(islice(self._known, max(0, len(self._known) - KNOWN_MAX))):
            del self._known[stream]

    def drop(self, streams: Iterable[str]) -> None:
        """Forget these streams: what was known of them is not so."""
        for stream in streams:
            self._known.pop(Stream(stream), None)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


def first_reads(envelope: Envelope) -> list[Stream]:
    """Name the streams that a command reads, as far as it tells by itself."""
    return CATALOGUE[envelope.name].reads(envelope.command) + reads_of_actor(envelope)


def more_reads(envelope: Envelope, found: Found) -> list[Stream]:
    """Name the streams that a command reads because of the states found."""
    found.command_id = envelope.command_id
    reads_more = CATALOGUE[envelope.name].reads_more
    owner = reads_of_owner(envelope.command, found)
    return owner if reads_more is None else reads_more(envelope.command, found) + owner


class Reading:
    """What a batch needs, under way: asked for when this is made, brought into the work by `finish`."""

    def __init__(self, envelopes: Sequence[Envelope], memory: Memory, log: Log) -> None:
        self._envelopes, self._memory, self._log = envelopes, memory, log
        self.work = Work()
        self.reads = [first_reads(envelope) for envelope in envelopes]
        """What each command reads."""
        self._later: list[int] = []
        self._missing = memory.recall({stream for each in self.reads for stream in each}, self.work.known)
        self._name_more()
        self._loading: Loading | None = log.start_load(self._missing, [envelope.command_id for envelope in envelopes])

    def finish(self) -> Mapping[UUID, Kept]:
        """Fill the work with all that these commands read; return the outcomes that some have already."""
        loading, self._loading = self._loading, None
        if loading is None:
            raise RuntimeError("what was read is taken once")
        loaded = loading.result()
        self._take(loaded, self._missing)
        more: set[Stream] = set()
        for index in self._later:
            envelope = self._envelopes[index]
            if envelope.command_id not in loaded.outcomes:
                named = more_reads(envelope, self.work)
                self.reads[index] += named
                more.update(named)
        missing = self._memory.recall(more, self.work.known)
        if missing:
            self._take(self._log.load(missing, ()), missing)
        return loaded.outcomes

    def drop(self) -> None:
        """Take no more of it than its connection needs."""
        if self._loading is not None:
            with suppress(Exception):  # Whatever it says, nobody asks any more.
                self._loading.result()

    def _name_more(self) -> None:
        """Of commands whose first reads are remembered, all that they read is known at once: it comes in the same query."""
        unknown, more = self._missing, set[Stream]()
        for index, envelope in enumerate(self._envelopes):
            if unknown.isdisjoint(self.reads[index]):
                named = more_reads(envelope, self.work)
                self.reads[index] += named
                more.update(named)
            else:
                self._later.append(index)
        self._missing = unknown | self._memory.recall(more, self.work.known)

    def _take(self, loaded: Loaded, streams: Iterable[Stream]) -> None:
        self.work.now = loaded.now
        known = self.work.known
        for stream in streams:
            known[stream] = _replayed(stream, loaded.histories[stream])


def _replayed(stream: Stream, history: History) -> Known[Any]:
    state: Any = absent(stream)
    for event in history.events:
        state = state.evolve(event)
    return Known(stream, history.version, state)
