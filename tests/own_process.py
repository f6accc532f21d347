"""A process of a test's own: warm before it begins, so that a test chooses the moment, and killed when the test likes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO, cast

from adapters.cli.stopping import stop_signals
from adapters.logging import set_up_logging
from adapters.settings import Settings, variable

ROOT = Path(__file__).parent.parent


def environment(settings: Settings) -> dict[str, str]:
    """The environment that a process needs to find the same settings."""
    return {
        variable(field): ",".join(value) if isinstance(value, tuple) else str(value)
        for field in settings.model_fields_set
        if (value := getattr(settings, field)) is not None
    }


class OwnProcess:
    """Runs a module of the tests, which calls `begun` first."""

    def __init__(self, module: str, settings: Settings, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
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


def begun() -> tuple[Settings, threading.Event]:
    """In the process: say that it is ready, wait until it shall begin; its settings, and what is set once it shall stop."""
    settings = Settings.load()
    set_up_logging("json", "warning")
    stopped = stop_signals()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return settings, stopped
