"""The executor: takes a batch of commands, decides them in memory, and appends what they decided in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from commands.command import Envelope
from commands.deciding import Deciding
from commands.loading import Memory, load_for
from commands.outcome import Outcome
from commands.ports import Batch, Conflict, Log
from commands.work import Work

BATCH_TRIES = 3
"""A batch that lost to others is decided again twice; then its commands go one by one."""
LONE_TRIES = 2
"""A lone command that lost twice takes the append lock before it loads, so that it can't lose again."""


class Executor:
    """Executes commands against a log. One thread at a time; as many executors side by side as there are connections."""

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
        work = Work()
        reads, kept = load_for(envelopes, work, self._memory, log)
        deciding = Deciding(work, kept)
        for envelope, each in zip(envelopes, reads, strict=True):
            if not deciding.decide(envelope, each):
                break  # The next batch begins here.
        if not deciding.decided:
            return deciding.outcomes([])
        appended = log.append(Batch(work.read_versions, deciding.decided))
        if isinstance(appended, Conflict):
            self._memory.drop(work.touched)
            self._memory.drop(appended.streams)
            return None
        self._memory.keep(work.known)
        return deciding.outcomes(appended.positions)
