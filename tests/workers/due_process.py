"""A worker in a process of its own, which can be killed: `python -m tests.workers.due_process BATCH_MAX`.

It prints `ready`, begins at a line on its standard input, and does both halves of `launchpad react`: it follows, and sends what is due.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TextIO, cast

from adapters.cli.stopping import stop_signals
from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.due import DueWorker
from commands.executor import Executor
from projections.todo import TODO
from tests.kafka.worker_process import ROOT, environment


class DueProcess:
    """Starts it at once, so that it is warm when it shall begin."""

    def __init__(self, settings: Settings, batch_max: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.due_process", str(batch_max)],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def begin(self) -> None:
        """Let it work."""
        assert cast("TextIO", self.process.stdout).readline() == "ready\n"
        go = cast("TextIO", self.process.stdin)
        go.write("go\n")
        go.flush()

    def kill(self) -> int:
        """End it as a power cut would."""
        self.process.kill()
        code = self.process.wait(40)
        for pipe in (self.process.stdin, self.process.stdout):
            cast("TextIO", pipe).close()
        return code


def _main() -> None:
    settings = Settings.load()
    set_up_logging("json", "warning")
    stopped = stop_signals()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with Launchpad(settings) as launchpad:
        follower = Follower(settings.database, FillsTables(TODO, EventCodec(launchpad.vault.personal_data)))
        with follower, DueWorker(settings.database, Executor(launchpad.log), int(sys.argv[1])):
            stopped.wait()


if __name__ == "__main__":
    _main()
