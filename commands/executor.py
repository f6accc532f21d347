"""The executor: takes a batch of commands, decides them in memory, and appends what they decided in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from commands.command import Envelope
from commands.deciding import Deciding
from commands.loading import Memory, Reading
from commands.outcome import Outcome
from commands.ports import Appended, Appending, Batch, Conflict, Log, LogUnavailable
from commands.work import Work

BATCH_TRIES = 3
"""A batch that lost to others is decided again twice; then its commands go one by one."""
END = (None,)
"""After the last batch, what is under way and what was decided are brought to their ends like any other."""
LONE_TRIES = 2
"""A lone command that lost twice takes the append lock before it loads, so that it can't lose again."""


class Executor:
    """Executes commands against a log. One thread at a time; side by side, each needs a connection, and a second one while it streams."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._memory = Memory()

    def execute(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Give each command its outcome, in order. Raises what the log raises when it is away; then nothing may be taken as done."""
        outcomes: list[Outcome] = []
        try:
            while left := envelopes[len(outcomes) :]:
                outcomes += self._together(left) or [self._alone(envelope) for envelope in left]
        except BaseException:
            self._memory.clear()
            raise
        return outcomes

    def _together(self, envelopes: Sequence[Envelope]) -> list[Outcome] | None:
        """Bring at least the first command to its outcome; none where others were first each time."""
        for _ in range(BATCH_TRIES):
            done = self._try(self._log, envelopes)
            if done is not None:
                return done
        return None

    def _alone(self, envelope: Envelope) -> Outcome:
        for _ in range(LONE_TRIES):
            done = self._try(self._log, [envelope])
            if done is not None:
                return done[0]
        with self._log.locked() as log:
            self._memory.clear()
            done = self._try(log, [envelope])
        if done is None:
            raise RuntimeError("a command lost although it held the append lock")
        return done[0]

    def _try(self, log: Log, envelopes: Sequence[Envelope]) -> list[Outcome] | None:
        """Decide and append once; return the outcomes of the commands reached, or none where somebody was first."""
        tried = self._decide(log, envelopes)
        if not tried.deciding.decided:
            return tried.deciding.outcomes([])
        outcomes = self._settle(tried, log.append(tried.batch))
        if outcomes is not None:
            self._memory.keep(tried.work.known)
        return outcomes

    def _decide(self, log: Log, envelopes: Sequence[Envelope], reading: Reading | None = None) -> _Tried:
        try:
            return _decided(envelopes, reading or Reading(envelopes, self._memory, log))
        except LogUnavailable:
            raise
        except Exception:
            if self._memory.is_empty:
                raise
            # What is remembered of two streams may be from two different times, and no code need make sense of that.
            self._memory.clear()
            return _decided(envelopes, Reading(envelopes, self._memory, log))

    def _ask(self, envelopes: Sequence[Envelope]) -> Reading | None:
        """Ask for what they read; nothing where what is remembered makes no sense, which deciding sees to."""
        try:
            return Reading(envelopes, self._memory, self._log)
        except LogUnavailable:
            raise
        except Exception:
            if self._memory.is_empty:
                raise
            return None

    def _settle(self, tried: _Tried, appended: Appended | Conflict) -> list[Outcome] | None:
        if isinstance(appended, Conflict):
            self._memory.drop(tried.work.touched)
            self._memory.drop(appended.streams)
            if not appended.streams and not appended.command_ids:  # Nobody knows what is stale: anything may be.
                self._memory.clear()
            return None
        return tried.deciding.outcomes(appended.positions)

    def stream(self, batches: Iterable[Sequence[Envelope]]) -> Iterator[list[Outcome]]:
        """Execute batch after batch, and keep the server busy meanwhile.

        While it appends a batch, the next is decided and the one after that is taken; while it looks up what that one needs, the next is
        packed and sent. So each batch gets its outcomes, in order, when the next two have been taken from `batches`; an empty batch, which
        waits for nothing, lets those before it come. Where the log is away, this raises as `execute` does, and no batch may be taken as
        done whose outcomes did not come.
        """
        under_way: _UnderWay | None = None
        decided: _Decided | None = None
        reading: Reading | None = None
        try:
            for envelopes in chain(batches, END):
                reading = self._ask(envelopes) if envelopes else None
                if under_way is not None:
                    finishing, under_way = under_way, None
                    outcomes = self._settle(finishing.tried, finishing.appending.result())
                    if outcomes is None:  # What was decided and asked on what it would have made true, is done again.
                        again = [finishing.envelopes, *([] if decided is None else [decided.envelopes])]
                        decided = None
                        if reading is not None:
                            reading.drop()
                            reading = None
                        self._memory.clear()
                        yield from map(self.execute, again)
                    else:
                        yield outcomes
                if decided is not None:
                    (before, tried), decided = decided, None
                    under_way = _UnderWay(before, tried, self._log.start_append(tried.batch))
                if envelopes:
                    tried = self._decide(self._log, envelopes, reading)
                    reading = None
                    if tried.whole and tried.deciding.decided:
                        decided = _Decided(envelopes, tried)
                        self._memory.keep(tried.work.known)
                        continue
                    self._memory.drop(tried.work.touched)
                if under_way is not None:
                    finishing, under_way = under_way, None
                    yield self._finished(finishing)
                if envelopes is not None:
                    yield self.execute(envelopes)
        except BaseException:
            self._memory.clear()
            if reading is not None:
                reading.drop()
            if under_way is not None:
                with suppress(Exception):  # What became of it is asked for again, by its command ids.
                    under_way.appending.result()
            raise

    def _finished(self, under_way: _UnderWay) -> list[Outcome]:
        """Wait for a batch that nothing was decided on."""
        outcomes = self._settle(under_way.tried, under_way.appending.result())
        return self.execute(under_way.envelopes) if outcomes is None else outcomes


def _decided(envelopes: Sequence[Envelope], reading: Reading) -> _Tried:
    kept = reading.finish()
    deciding = Deciding(reading.work, kept)
    reached = 0
    for envelope, each in zip(envelopes, reading.reads, strict=True):
        if not deciding.decide(envelope, each):
            break  # The next batch begins here.
        reached += 1
    return _Tried(reading.work, deciding, whole=reached == len(envelopes))


@dataclass(frozen=True, slots=True)
class _Tried:
    """A batch that was decided, and is not appended yet."""

    work: Work
    deciding: Deciding
    whole: bool
    """Whether all of its commands were reached."""

    @property
    def batch(self) -> Batch:
        return Batch(self.work.read_versions, self.deciding.decided)


class _Decided(NamedTuple):
    """A batch that is decided, and not on its way yet."""

    envelopes: Sequence[Envelope]
    tried: _Tried


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A batch that is being appended."""

    envelopes: Sequence[Envelope]
    tried: _Tried
    appending: Appending
