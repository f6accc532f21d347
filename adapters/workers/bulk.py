"""Bulk runs in the background: lists are made, and what was started is carried out, one run after the other, through every outage."""

from __future__ import annotations

import threading
import time
from typing import Any, Final, Self
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from adapters.postgres.bookmarks import MOVED_CHANNEL
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.leader import try_to_lead
from adapters.postgres.questions import answer
from adapters.workers.bulk_preparing import Preparing
from adapters.workers.bulk_running import Running
from commands.executor import Executor
from commands.ports import Log, LogUnavailable
from domain.bulk_run import BulkStatus
from domain.limits import BULK_PART_TARGETS_MAX
from projections.bulk import BULK
from readmodels.bulk import runs_to_do

LOOK_SECONDS: Final = 1.0
"""A follower tells when it has moved; where that is lost, a run is seen this late."""
TURN_SECONDS: Final = 2.0
"""How long one run keeps others waiting."""
STOP_SECONDS: Final = 0.1
BACKOFF_SECONDS: Final = (0.1, 5.0)
LEAD: Final = "bulk runs"
"""What one of several processes leads in: two would but send the same commands."""

PAGE_EVENTS_MAX: Final = 250
"""All of them parts of a list, they have some 20 MB, and five times that once they are decoded."""
ROWS_MAX: Final = 100

log = structlog.get_logger()


def fills_bulk(codec: EventCodec) -> FillsTables:
    """What the follower of bulk runs takes its pages to: events of lists are large, so that pages are small and little is kept."""
    return FillsTables(BULK, codec, PAGE_EVENTS_MAX, ROWS_MAX)


class BulkWorker:
    """Works at bulk runs. Several may stand by: one works, and when it dies another goes on."""

    def __init__(
        self, url: str, pool: ConnectionPool[psycopg.Connection[Any]], events: Log, batch_max: int = BULK_PART_TARGETS_MAX
    ) -> None:
        self._url = url
        executor = Executor(events)
        self.preparing = Preparing(url, events, executor)
        self.running = Running(pool, events, executor, batch_max)
        self._over: set[UUID] = set()
        """Runs that are done, and whose row does not say so yet."""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._backoff = BACKOFF_SECONDS[0]
        self.failed: BaseException | None = None
        """The bug that ended it, if one did."""

    def run(self) -> None:
        """Work until `stop`, through every outage."""
        while not self._stopping.is_set():
            try:
                self._session()
            except (psycopg.Error, LogUnavailable) as away:
                log.warning("bulk", state="waiting", reason=type(away).__name__)
                self._stopping.wait(self._backoff)
                self._backoff = min(2 * self._backoff, BACKOFF_SECONDS[1])

    def start(self) -> Self:
        """Work in a thread."""
        self._thread = threading.Thread(target=self._run_quietly, name="bulk", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run_quietly(self) -> None:
        try:
            self.run()
        except BaseException as bug:
            self.failed = bug
            raise

    def _session(self) -> None:
        with connect(self._url) as connection:
            connection.execute(f"LISTEN {MOVED_CHANNEL}")
            leads = False
            while not self._stopping.is_set():
                leads = leads or try_to_lead(connection, LEAD)
                more = leads and self.work_once(connection)
                self._backoff = BACKOFF_SECONDS[0]
                if not more:
                    self._wait(connection)

    def work_once(self, connection: psycopg.Connection[Any]) -> bool:
        """Take a turn at each run that wants work; whether there is more to do now. Raises LogUnavailable, psycopg.Error."""
        found = answer(connection, runs_to_do())
        self._over.intersection_update({each.bulk_id for each in found})
        more = False
        for todo in sorted(found, key=lambda each: each.status != BulkStatus.PREPARING):  # Somebody waits for a list.
            if todo.status == BulkStatus.PREPARING:
                self.preparing.prepare(todo)
            elif todo.bulk_id not in self._over:
                over = self._take_a_turn(todo.bulk_id)
                if over:
                    self._over.add(todo.bulk_id)
                more = more or not over
            if self._stopping.is_set():
                break
        return more

    def _take_a_turn(self, bulk_id: UUID) -> bool:
        """Carry a run out for a while: another one, or a list, may wait. Whether it is over."""
        until = time.monotonic() + TURN_SECONDS
        return self.running.carry_out(bulk_id, lambda: self._stopping.is_set() or time.monotonic() > until)

    def _wait(self, connection: psycopg.Connection[Any]) -> None:
        """Wait until a follower has moved on, or a second has passed."""
        until = time.monotonic() + LOOK_SECONDS
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            for notified in connection.notifies(timeout=min(left, STOP_SECONDS), stop_after=1):
                if notified.payload.startswith(("bulk ", "dashboard ")):
                    return
