"""A worker in a process of its own, which can be killed: `python -m tests.bulk.bulk_process`.

It prints `ready`, begins at a line on its standard input, and does what `launchpad react` does for bulk runs: it follows, and works.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final, TextIO, cast

from adapters.cli.stopping import stop_signals
from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.postgres.codec import EventCodec
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.bulk import BulkWorker, fills_bulk
from tests.kafka.worker_process import ROOT, environment

BATCH_MAX: Final = 3
"""Small batches: there are many moments to be killed at."""


class BulkProcess:
    """Starts it at once, so that it is warm when it shall begin."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bulk.bulk_process"],
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
        follower = Follower(settings.database, fills_bulk(EventCodec(launchpad.vault.personal_data)))
        with follower, BulkWorker(settings.database, launchpad.pool, launchpad.log, BATCH_MAX):
            stopped.wait()


if __name__ == "__main__":
    _main()
