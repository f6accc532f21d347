"""The processes of `launchpad run`: started, their output prefixed, restarted with backoff when they die, and ended together."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

BACKOFF_SECONDS: Final = (1.0, 30.0)
"""First and longest pause before a dead child is started again."""
STEADY_SECONDS: Final = 60.0
"""A child that lived this long is started again at once."""
STOP_SECONDS_MAX: Final = 15.0
"""Longer than a child takes to finish what it has taken in; then it is killed."""
LOOK_SECONDS: Final = 0.2
TAIL_LINES: Final = 5

Say = Callable[[str, str], None]
"""Told a child's name and a line."""


@dataclass
class _Child:
    name: str
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    backoff: float = BACKOFF_SECONDS[0]
    due: float = 0.0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))


class Children:
    """Runs subcommands of our own as child processes. `say` is told their lines, `notice` what happens to them."""

    def __init__(self, environment: Mapping[str, str], logs: Path, say: Say, notice: Callable[[str], None]) -> None:
        self._environment = dict(environment)
        self._logs = logs
        self._say = say
        self._notice = notice
        self._children: list[_Child] = []
        self.deaths: list[str] = []
        """What those said last that ended although nobody asked them to."""
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="children", daemon=True)

    def start(self, names: Sequence[str]) -> None:
        """Start these, and watch over them."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._logs.chmod(0o700)
        for name in names:
            (self._logs / f"{name}.log").unlink(missing_ok=True)
            child = _Child(name)
            self._children.append(child)
            self._launch(child)
        self._watching.start()

    def stop(self) -> None:
        """End all of them: asked first, then forced."""
        self._stopping.set()
        if self._watching.is_alive():
            self._watching.join()
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _launch(self, child: _Child) -> None:
        child.tail.clear()
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(  # noqa: S603 - our own program
            # -P: a folder of the same name where somebody happens to stand is none of ours.
            [sys.executable, "-P", "-m", "adapters.cli", child.name, "-P", str(os.getpid())],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us: we end them in good order.
        )
        threading.Thread(target=self._read, args=(child, child.process), name=child.name, daemon=True).start()

    def _read(self, child: _Child, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with (self._logs / f"{child.name}.log").open("a") as log:
            for text in process.stdout:
                line = text.rstrip("\n")
                child.tail.append(line)
                log.write(text)
                log.flush()
                self._say(child.name, line)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for child in self._children:
                self._look_at(child)

    def _look_at(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            if now - child.started_at > STEADY_SECONDS:
                child.backoff = BACKOFF_SECONDS[0]
            child.due = now + child.backoff
            self.deaths.append(f"{child.name} ended with {child.process.returncode}: {' / '.join(child.tail) or 'it said nothing'}")
            self._notice(f"{child.name} ended with {child.process.returncode}; starting it again in {child.backoff:g} s")
            child.process = None
            child.backoff = min(2 * child.backoff, BACKOFF_SECONDS[1])
        elif child.process is None and now >= child.due:
            self._launch(child)
