"""What a batch needs, loaded in two rounds at most: what its commands name, then what the states found name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.found import Found
from commands.kinds import absent
from commands.outcome import Kept
from commands.ports import History, Log
from commands.who_may import reads_of_actor, reads_of_owner
from commands.work import Known, Work
from domain.state import Stream

KNOWN_MAX = 10_000
"""Aggregates kept between batches, some 10 MB: what commands soon come back to. Their versions are checked at each append, so that a
stale one only costs a second try."""


class Memory:
    """Aggregates that earlier batches left. It may lag behind the log; the append tells."""

    def __init__(self) -> None:
        self._known: OrderedDict[Stream, Known[Any]] = OrderedDict()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept: then all that a batch knows was read for it."""
        return not self._known

    def get(self, stream: Stream) -> Known[Any] | None:
        """Return what is kept of a stream."""
        return self._known.get(stream)

    def keep(self, known: Mapping[Stream, Known[Any]]) -> None:
        """Keep what a batch that was appended knew."""
        for stream, each in known.items():
            self._known[stream] = each
            self._known.move_to_end(stream)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

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


def load_for(envelopes: Sequence[Envelope], work: Work, memory: Memory, log: Log) -> tuple[list[list[Stream]], Mapping[UUID, Kept]]:
    """Fill the work with all that these commands read; return what each reads, and the outcomes that some have already."""
    reads = [first_reads(envelope) for envelope in envelopes]
    kept = _load({stream for each in reads for stream in each}, [envelope.command_id for envelope in envelopes], work, memory, log)
    more: set[Stream] = set()
    for envelope, each in zip(envelopes, reads, strict=True):
        if envelope.command_id not in kept:
            named = more_reads(envelope, work)
            each.extend(named)
            more.update(named)
    _load(more, (), work, memory, log)
    return reads, kept


def _load(streams: Iterable[Stream], command_ids: Collection[UUID], work: Work, memory: Memory, log: Log) -> Mapping[UUID, Kept]:
    missing = []
    for stream in streams:
        if stream in work.known:
            continue
        known = memory.get(stream)
        if known is None:
            missing.append(stream)
        else:
            work.known[stream] = known
    if not missing and not command_ids:
        return {}
    loaded = log.load(missing, command_ids)
    work.now = loaded.now
    for stream in missing:
        work.known[stream] = _replayed(stream, loaded.histories[stream])
    return loaded.outcomes


def _replayed(stream: Stream, history: History) -> Known[Any]:
    state: Any = absent(stream)
    for event in history.events:
        state = state.evolve(event)
    return Known(stream, history.version, state)
