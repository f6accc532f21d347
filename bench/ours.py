"""Ours, as it runs in a worker: every command is read, its token verified, executed and logged; nothing is left out."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.logging import set_up_logging
from adapters.settings import Settings
from bench.children import settle_memory, wait_until
from bench.mix import Mix, people, setting
from commands.outcome import Outcome, OutcomeKind

SETTING_BATCH: Final = 100


class Window(NamedTuple):
    """What was done in a span of time."""

    done: int
    seconds: float
    batch_seconds: Sequence[float] = ()

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.done / self.seconds


class NotAccepted(Exception):
    """A command of the mix was not accepted: then nothing that was measured counts."""


class Ours:
    """Takes commands of the mix, in a process of its own. `seed` sets its apps apart from those of others."""

    def __init__(self, environment: Mapping[str, str], owners: int, seed: int) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        self._launchpad = Launchpad(settings)
        self._taker = self._launchpad.taker()
        self._who = people(settings, owners)
        self._commands = Mix(self._who, seed).commands()
        self._ready: deque[Request] = deque()

    def set_up(self, apps_of_each: int) -> int:
        """Fill the database with owners and the apps that they hold; returns how many commands that took."""
        done = 0
        for outcomes in self._taker.stream(batches(setting(self._who, apps_of_each), SETTING_BATCH)):
            must_be_accepted(outcomes)
            done += len(outcomes)
        return done

    def take(self, count: int, batch: int) -> int:
        """Take that many commands; returns the last one's position."""
        position = 0
        for outcomes in self._taker.stream(batches(islice(self._commands, count), batch)):
            must_be_accepted(outcomes)
            position = outcomes[-1].position or 0
        return position

    def prepare(self, count: int) -> None:
        """Have so many commands ready: whoever sends them does not do it in our time."""
        self._ready.extend(islice(self._commands, max(0, count - len(self._ready))))
        settle_memory()

    def measure(self, start: float, end: float, batch: int) -> Window:
        """Take prepared commands from start to end, as a worker does: while a batch is being committed, the next one is decided.

        One at a time, the next command waits for the one before.
        """
        ready = self._ready
        drawn: deque[float] = deque()
        ended: list[float] = []
        outcomes: list[Outcome] = []

        def batches_in_time() -> Iterator[list[Request]]:
            while (now := time.monotonic()) < end:
                if len(ready) < batch:
                    raise RuntimeError("more commands have to be prepared for so long a measurement")
                drawn.append(now)
                yield [ready.popleft() for _ in range(batch)]

        taken = map(self._taker.take, batches_in_time()) if batch == 1 else self._taker.stream(batches_in_time())
        wait_until(start)
        begun = now = time.monotonic()
        for each in taken:
            outcomes += each
            now = time.monotonic()
            ended.append(now - drawn.popleft())
        must_be_accepted(outcomes)
        return Window(len(outcomes), now - begun, ended)

    def steady(self, start: float, end: float, rate: float) -> list[tuple[int, float]]:
        """Take prepared commands one by one, so many a second; returns each position and when it was committed (time.monotonic)."""
        committed = []
        for number in range(round((end - start) * rate)):
            wait_until(start + number / rate)
            outcomes = self._taker.take([self._ready.popleft()])
            moment = time.monotonic()
            must_be_accepted(outcomes)
            committed.append((outcomes[0].position or 0, moment))
        return committed

    def close(self) -> None:
        """Give back its connections."""
        self._launchpad.close()


def must_be_accepted(outcomes: Iterable[Outcome]) -> None:
    """Raise NotAccepted unless each of them is."""
    for outcome in outcomes:
        if outcome.kind is not OutcomeKind.ACCEPTED:
            raise NotAccepted(f"{outcome.kind}: {outcome.code}: {outcome.sentence} {outcome.errors}")


def batches(requests: Iterable[Request], size: int) -> Iterator[list[Request]]:
    """Cut into batches of that size; the last one may be smaller."""
    rest = iter(requests)
    while batch := list(islice(rest, size)):
        yield batch
