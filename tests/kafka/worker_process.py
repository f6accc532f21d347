"""A worker in a process of its own, which can be killed: `python -m tests.kafka.worker_process GROUP [NAME]`.

It prints `ready`, begins at a line on its standard input, and stops in good order at SIGTERM, as `launchpad work` does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TextIO, cast

from adapters.cli.stopping import stop_signals
from adapters.compose import Launchpad
from adapters.kafka.clients import Membership
from adapters.kafka.worker import Worker
from adapters.logging import set_up_logging
from adapters.settings import Settings, variable

ROOT = Path(__file__).parent.parent.parent


def environment(settings: Settings) -> dict[str, str]:
    """The environment that a process needs to find the same settings."""
    return {
        variable(field): ",".join(value) if isinstance(value, tuple) else str(value)
        for field in settings.model_fields_set
        if (value := getattr(settings, field)) is not None
    }


class WorkerProcess:
    """Starts it at once, so that it is warm when it shall begin."""

    def __init__(self, settings: Settings, group: str, name: str = "") -> None:
        command = [sys.executable, "-m", "tests.kafka.worker_process", group, *([name] if name else [])]
        self.process = subprocess.Popen(
            command,
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

    def terminate(self) -> int:
        """Stop it in good order; give its exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> int:
        """End it as a power cut would."""
        self.process.kill()
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(40)
        for pipe in (self.process.stdin, self.process.stdout):
            cast("TextIO", pipe).close()
        return code


def _main() -> None:
    settings = Settings.load()
    set_up_logging("json", "warning")
    stopped = stop_signals()
    group, *name = sys.argv[1:]
    membership = Membership(session_ms=6_000, heartbeat_ms=300, name=name[0] if name else None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with Launchpad(settings) as launchpad:
        Worker(settings, launchpad.taker, membership, group).run(stopped)


if __name__ == "__main__":
    _main()
