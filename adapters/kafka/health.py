"""How a worker is doing, as far as it knows itself."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import structlog

log = structlog.get_logger()


class State(StrEnum):
    """What it is doing."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING_FOR_DATABASE = "waiting_for_database"
    WAITING_FOR_KAFKA = "waiting_for_kafka"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """A moment's view: since when it is so, and the last thing that went wrong."""

    state: State
    since: datetime
    last_error: str | None
    commands: int
    quarantined: int

    @property
    def healthy(self) -> bool:
        """Whether commands are taken."""
        return self.state is State.RUNNING


class Health:
    """Written by the worker, read by whoever shows it. One log line for each change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report = HealthReport(State.STARTING, datetime.now(UTC), None, 0, 0)
        self._since = time.monotonic()

    @property
    def report(self) -> HealthReport:
        """How it is doing now."""
        return self._report

    def now(self, state: State, error: str | None = None) -> None:
        """It does that now; `error` says why."""
        with self._lock:
            before = self._report
            if state is before.state:
                self._report = replace(before, last_error=error or before.last_error)
                return
            self._report = replace(before, state=state, since=datetime.now(UTC), last_error=error or before.last_error)
        said = {} if error is None else {"reason": error}
        (log.warning if error else log.info)("worker", state=state.value, **said)

    def count(self, commands: int, quarantined: int) -> None:
        """So many more were answered, and put into quarantine."""
        self._report = replace(self._report, commands=self._report.commands + commands, quarantined=self._report.quarantined + quarantined)
