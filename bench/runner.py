"""The rival that follows: the library's ProjectionRunner reads OUR log and writes the same tables with our folds, event by event."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner

from adapters.compose import Launchpad
from adapters.settings import Settings
from bench.library_app import environment
from bench.runner_log import Log
from bench.runner_rows import Rows
from domain.stored_names import EVENT_NAMES
from projections.dashboard import DASHBOARD

POLL_SECONDS: Final = 0.002
FOLDED: Final = tuple(sorted({EVENT_NAMES[event] for projection in DASHBOARD.projections for event in projection.events}))
"""The events that the dashboard is made of: the runner is spared the others, as ours is."""


class Dashboard(LibraryProjection[Rows]):
    """The projection: every event that the dashboard is made of goes to the view."""

    name = "dashboard"
    topics = FOLDED

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - as the library has it
        self.view.fold(domain_event, tracking)


class Runner:
    """Runs it, in a process of its own. The log lies in one database, the rows in another."""

    def __init__(self, ours: Mapping[str, str], rows_url: str) -> None:
        settings = Settings.load(ours)
        self._launchpad = Launchpad(settings)
        Log.sealer = self._launchpad.vault.personal_data
        log = {f"LOG_{name}": value for name, value in environment(settings.database).items()}
        log["LOG_PERSISTENCE_MODULE"] = "adapters.postgres.library"
        rows = {f"DASHBOARD_{name}": value for name, value in environment(rows_url).items()}
        self._environment = log | rows
        self._runner: ProjectionRunner[Log, Rows] | None = None

    def follow(self, seconds: float) -> tuple[int, int, float]:
        """Follow for so long, from where it was; returns where it began, where it ended, and the seconds in between."""
        with self._started() as runner:
            first = before = self._position(runner)
            while before == first and not runner.is_interrupted.wait(POLL_SECONDS):  # Until it runs: to start is not its work.
                before = self._position(runner)
            begun = time.perf_counter()
            runner.run_forever(seconds)
            after, ended = self._position(runner), time.perf_counter()
        return before, after, ended - begun

    def position(self) -> int:
        """Where it is: it stands still between measurements."""
        with self._started(topics=("none",)) as runner:
            return self._position(runner)

    def start(self, head: int) -> None:
        """Follow until `stop`; returns once it has come to the head."""
        runner = self._runner = self._started().__enter__()
        while self._position(runner) < head:
            runner.run_forever(POLL_SECONDS)

    def stop(self) -> None:
        """Stop following."""
        if self._runner is not None:
            self._runner.__exit__(None, None, None)
            self._runner = None

    def close(self) -> None:
        """Stop, and give back connections."""
        self.stop()
        self._launchpad.close()

    def _started(self, topics: tuple[str, ...] = FOLDED) -> ProjectionRunner[Log, Rows]:
        Dashboard.topics = topics
        return ProjectionRunner(application_class=Log, projection_class=Dashboard, view_class=Rows, env=self._environment)

    @staticmethod
    def _position(runner: ProjectionRunner[Log, Rows]) -> int:
        return runner.view.max_tracking_id(runner.app_name) or 0
