"""The executor: takes a batch of commands, decides them in memory, and appends what they decided in one transaction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.found import Found
from commands.kinds import absent
from commands.outcome import Kept, Outcome, OutcomeKind, command_id_reused
from commands.ports import Batch, Conflict, Decided, History, Log, NewEvent
from commands.who_may import check, reads_of_actor, reads_of_owner
from commands.work import Work
from domain.command_refused import CommandRefused, RefusedCommand
from domain.refused import Refused
from domain.state import State, Stream

S = TypeVar("S", bound=State)

BATCH_TRIES = 3
"""A batch that lost to others is decided again twice; then its commands go one by one."""
LONE_TRIES = 2
"""A lone command that lost twice takes the append lock before it loads, so that it can't lose again."""
STATES_KEPT_MAX = 100_000
"""Aggregates kept between batches, some 100 MB: their versions are checked at each append, so a stale one only costs a second try."""


class Executor:
    """Executes commands against a log. One thread at a time; as many executors side by side as there are connections."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._states: OrderedDict[Stream, tuple[int, State]] = OrderedDict()

    def execute(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Give each command its outcome, in order. Raises what the log raises when it is away; then nothing may be taken as done."""
        outcomes: dict[int, Outcome] = {}
        left = list(enumerate(envelopes))
        try:
            while left:
                left = self._advance(left, outcomes)
        except BaseException:
            self._states.clear()
            raise
        return [outcomes[index] for index in range(len(envelopes))]

    def _advance(self, left: list[tuple[int, Envelope]], outcomes: dict[int, Outcome]) -> list[tuple[int, Envelope]]:
        """Bring at least the first command to its outcome; return what is left."""
        for _ in range(BATCH_TRIES):
            done = self._try(self._log, [envelope for _, envelope in left])
            if done is not None:
                return _take(done, left, outcomes)
        for _ in range(LONE_TRIES):
            done = self._try(self._log, [left[0][1]])
            if done is not None:
                return _take(done, left, outcomes)
        with self._log.locked() as log:
            self._states.clear()
            done = self._try(log, [left[0][1]])
            if done is None:
                raise RuntimeError("a command lost although it held the append lock")
        return _take(done, left, outcomes)

    def _try(self, log: Log, envelopes: Sequence[Envelope]) -> list[Outcome] | None:
        """Decide and append once; return the outcomes of the commands reached, or none where somebody was first."""
        found = _Loading(log, self._states)
        kept = found.load_for(envelopes)
        work = Work(found.known, found.now)
        decisions = _Deciding(work, kept)
        for envelope in envelopes:
            if not decisions.decide(envelope):
                break  # An earlier command of this batch made it read what was not loaded: the next batch begins here.
        if not decisions.decided:
            return decisions.outcomes([])
        appended = log.append(Batch(work.read_versions | decisions.refusal_streams, decisions.decided))
        if isinstance(appended, Conflict):
            self._forget(appended)
            return None
        self._remember(work.states())
        return decisions.outcomes(appended.positions)

    def _remember(self, states: Mapping[Stream, tuple[int, State]]) -> None:
        self._states.update(states)
        while len(self._states) > STATES_KEPT_MAX:
            self._states.popitem(last=False)

    def _forget(self, conflict: Conflict) -> None:
        if not conflict.streams and not conflict.command_ids:
            self._states.clear()
        for stream in conflict.streams:
            self._states.pop(Stream(stream), None)


def _take(done: list[Outcome], left: list[tuple[int, Envelope]], outcomes: dict[int, Outcome]) -> list[tuple[int, Envelope]]:
    for (index, _), outcome in zip(left, done, strict=False):
        outcomes[index] = outcome
    return left[len(done) :]


class _Loading:
    """What a batch needs, loaded in two rounds at most: what its commands name, then what the states found name."""

    def __init__(self, log: Log, states: Mapping[Stream, tuple[int, State]]) -> None:
        self._log = log
        self._states = states
        self.known: dict[Stream, tuple[int, State]] = {}
        self.now: datetime
        self.command_id: UUID

    def load_for(self, envelopes: Sequence[Envelope]) -> Mapping[UUID, Kept]:
        first = [stream for envelope in envelopes for stream in _first_reads(envelope)]
        kept = self._load(first, [envelope.command_id for envelope in envelopes])
        more = [stream for envelope in envelopes if envelope.command_id not in kept for stream in more_reads(envelope, self)]
        if any(stream not in self.known for stream in more):
            self._load(more, [])
        return kept

    def _load(self, streams: Iterable[Stream], command_ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        missing = set()
        for stream in streams:
            if stream in self.known:
                continue
            cached = self._states.get(stream)
            if cached is None:
                missing.add(stream)
            else:
                self.known[stream] = cached
        if not missing and not command_ids:
            return {}
        loaded = self._log.load(missing, command_ids)
        self.now = loaded.now
        for stream in missing:
            self.known[stream] = _replayed(stream, loaded.histories[stream])
        return loaded.outcomes

    def state(self, kind: type[S], id: UUID) -> S:  # noqa: A002 - as State.at
        """Return a state that was loaded."""
        state: Any = self.known[kind.at(id)][1]
        found: S = state
        return found


def _first_reads(envelope: Envelope) -> list[Stream]:
    return CATALOGUE[envelope.name].reads(envelope.command) + reads_of_actor(envelope)


def more_reads(envelope: Envelope, found: Found) -> list[Stream]:
    """Name the streams that a command reads because of the states found."""
    found.command_id = envelope.command_id
    reads_more = CATALOGUE[envelope.name].reads_more
    owner = reads_of_owner(envelope.command, found)
    return owner if reads_more is None else reads_more(envelope.command, found) + owner


def _replayed(stream: Stream, history: History) -> tuple[int, State]:
    state: Any = absent(stream)
    for event in history.events:
        state = state.evolve(event)
    return history.version, state


class _Deciding:
    """The decisions of one batch, in order."""

    def __init__(self, work: Work, kept: Mapping[UUID, Kept]) -> None:
        self._work = work
        self._kept = kept
        self._index_of: dict[UUID, int] = {}
        self._slots: list[Outcome | int] = []
        self.decided: list[Decided] = []
        self.refusal_streams: dict[Stream, int] = {}

    def decide(self, envelope: Envelope) -> bool:
        """Decide one command; False where it must wait for the next batch."""
        earlier = self._kept.get(envelope.command_id)
        if earlier is not None:
            self._slots.append(_repeated(envelope, earlier))
            return True
        in_this_batch = self._index_of.get(envelope.command_id)
        if in_this_batch is not None:
            first = self.decided[in_this_batch].envelope
            same = _is_same(envelope, first.principal.text, first.on_behalf_of, first.digest)
            self._slots.append(in_this_batch if same else command_id_reused(envelope.command_id))
            return True
        declared = self._declared(envelope)
        if declared is None:
            return False
        self._work.begin(envelope, declared)
        self._index_of[envelope.command_id] = len(self.decided)
        self._slots.append(len(self.decided))
        self.decided.append(self._decision(envelope))
        return True

    def _declared(self, envelope: Envelope) -> list[Stream] | None:
        streams = _first_reads(envelope)
        streams += more_reads(envelope, self._work)
        return streams if self._work.knows(streams) else None

    def _decision(self, envelope: Envelope) -> Decided:
        entry = CATALOGUE[envelope.name]
        try:
            check(envelope, entry, self._work)
            entry.handler(envelope.command, self._work)
        except Refused as refused:
            self._work.undo()
            return self._refusal(envelope, refused)
        return Decided(envelope, Outcome(envelope.command_id, OutcomeKind.ACCEPTED), self._work.done())

    def _refusal(self, envelope: Envelope, refused: Refused) -> Decided:
        stream = RefusedCommand.at(envelope.command_id)
        self.refusal_streams[stream] = 0
        event = CommandRefused(command=envelope.name, target=str(envelope.command.target), code=refused.code, sentence=refused.sentence)
        outcome = Outcome(envelope.command_id, OutcomeKind.REFUSED, code=refused.code, sentence=refused.sentence)
        return Decided(envelope, outcome, [NewEvent(stream, 1, event)])

    def outcomes(self, positions: Sequence[int]) -> list[Outcome]:
        """Return the outcomes of all commands decided or found, those of this batch with their positions."""
        placed = [_placed(decided.outcome, position) for decided, position in zip(self.decided, positions, strict=True)]
        return [slot if isinstance(slot, Outcome) else placed[slot] for slot in self._slots]


def _placed(outcome: Outcome, position: int) -> Outcome:
    return Outcome(outcome.command_id, outcome.kind, position, outcome.code, outcome.sentence)


def _repeated(envelope: Envelope, kept: Kept) -> Outcome:
    same = _is_same(envelope, kept.principal, kept.on_behalf_of, kept.digest)
    return kept.outcome if same else command_id_reused(envelope.command_id)


def _is_same(envelope: Envelope, principal: str, on_behalf_of: UUID | None, digest: bytes) -> bool:
    return (envelope.principal.text, envelope.on_behalf_of, envelope.digest) == (principal, on_behalf_of, digest)
