"""The seam under the state machine: a whole system that takes commands, tells what a credential opens, and lets time pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import Outcome
from commands.ports import Appended, Batch, Conflict
from tests.commands.observed import Observed
from tests.memory_log import MemoryLog

Pair = tuple[UUID, UUID]
"""A credential and a product."""
Way = Callable[[Executor, Sequence[Sequence[Envelope]]], list[Outcome]]


def in_turn(executor: Executor, batches: Iterable[Sequence[Envelope]]) -> list[Outcome]:
    """Execute one batch after the other."""
    return [outcome for batch in batches for outcome in executor.execute(batch)]


def overlapping(executor: Executor, batches: Iterable[Sequence[Envelope]]) -> list[Outcome]:
    """Decide the next batch while the one before it is being committed."""
    return [outcome for outcomes in executor.stream(batches) for outcome in outcomes]


class System(Protocol):
    """What the machine needs of a system."""

    observed: Observed

    @property
    def executors(self) -> Sequence[Executor]:
        """Side by side on one log, so that each remembers what the others have changed since."""
        ...

    @property
    def now(self) -> datetime:
        """The time that decisions use."""
        ...

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        ...

    def look(self) -> None:
        """Take what happened since into `observed`."""
        ...

    def opened(self, asked: Collection[Pair]) -> set[Pair]:
        """The credentials and products of those asked for to which a gateway would be told yes."""
        ...

    def close(self) -> None:
        """End, after a last look at what was kept."""
        ...


class LateLog(MemoryLog):
    """Appends when the result is asked for, so that whatever is decided meanwhile does not find it in the log yet.

    And it is strict: each event stands right after the one before it, in a stream whose version was checked.
    """

    def append(self, batch: Batch) -> Appended | Conflict:
        versions = dict(batch.versions)
        for new in (new for decided in batch.decided for new in decided.events):
            versions[new.stream] += 1
            assert new.version == versions[new.stream]
        return super().append(batch)

    def start_append(self, batch: Batch) -> Future[Appended | Conflict]:
        log = self

        class Late(Future[Appended | Conflict]):
            def result(self, timeout: float | None = None) -> Appended | Conflict:
                del timeout  # Nobody is waited for.
                return log.append(batch)

        return Late()


class MemorySystem:
    """The executor on a log in memory; the gateway's answer is worked out from the events, as the design words it."""

    def __init__(self, executors: int = 2) -> None:
        self.log = LateLog()
        self.executors = [Executor(self.log) for _ in range(executors)]
        self.observed = Observed()
        self._seen = 0

    @property
    def now(self) -> datetime:
        return self.log.now

    def wait(self, time: timedelta) -> None:
        self.log.now += time

    def look(self) -> None:
        for new in self.log.appended[self._seen :]:
            self.observed.see(new.stream, new.event)
        self._seen = len(self.log.appended)

    def opened(self, asked: Collection[Pair]) -> set[Pair]:
        return {pair for pair in asked if self.observed.opens(*pair, self.now)}

    def close(self) -> None:
        assert [kept.outcome.position for kept in self.log.outcomes.values()] == sorted(
            kept.outcome.position or 0 for kept in self.log.outcomes.values()
        )
