"""Somebody who creates apps as fast as he can until he is told that he was deactivated: `python -m tests.kafka.creating_process`.

It reads a developer's name a line, and answers each with what came of it, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import count
from typing import Any, TextIO, cast

from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.postgres.log import PostgresLog
from adapters.settings import Settings
from adapters.taking import Taker
from commands.executor import Executor
from commands.ports import Appended, Batch, Conflict
from tests.kafka.worker_process import ROOT, environment
from tests.kafka.world import World

BATCH = 5


class CountingLog(PostgresLog):
    """The real log; it counts how often somebody else was first."""

    conflicts = 0

    def append(self, batch: Batch) -> Appended | Conflict:
        appended = super().append(batch)
        self.conflicts += isinstance(appended, Conflict)
        return appended


class Creating:
    """Starts it."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.kafka.creating_process"],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._in, self._out = cast("TextIO", self.process.stdin), cast("TextIO", self.process.stdout)

    def begin(self, name: str) -> None:
        """Let that developer create; returns when his first apps are there."""
        self._in.write(f"{name}\n")
        self._in.flush()
        assert self._out.readline() == "begun\n"

    def ended(self) -> Any:  # noqa: ANN401 - JSON
        """Wait until he has stopped, and give what came of it."""
        return json.loads(self._out.readline())

    def close(self) -> None:
        """End it."""
        self._in.close()
        self.process.wait(20)
        self._out.close()


def _main() -> None:
    settings = Settings.load()
    set_up_logging("json", "warning")
    world = World(settings.home)
    with Launchpad(settings) as launchpad:
        log = CountingLog(launchpad.pool, launchpad.vault.personal_data)
        taker = Taker(launchpad.intake, Executor(log))
        for line in sys.stdin:
            before = log.conflicts
            outcomes = _create(taker, world, line.strip())
            sys.stdout.write(json.dumps({"outcomes": outcomes, "conflicts": log.conflicts - before}) + "\n")
            sys.stdout.flush()


def _create(taker: Taker, world: World, name: str) -> Counter[str]:
    token = world.token(f"developer:{name}")
    outcomes: Counter[str] = Counter()
    for batch in count():
        taken = taker.take([world.request(*world.create(name), token) for _ in range(BATCH)])
        outcomes.update(outcome.code or outcome.kind for outcome in taken)
        if outcomes["deactivated"]:
            break
        if batch == 0:
            sys.stdout.write("begun\n")
            sys.stdout.flush()
    return outcomes


if __name__ == "__main__":
    _main()
