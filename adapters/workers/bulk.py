"""Bulk runs in the background: lists are made, and what was started is carried out, one run after the other, through every outage."""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.leader import try_to_lead
from adapters.postgres.questions import answer
from adapters.workers.background import Background, Connection
from adapters.workers.bulk_preparing import Preparing
from adapters.workers.bulk_running import Running
from commands.executor import Executor
from commands.ports import Log
from domain.bulk_run import BulkStatus
from domain.limits import BULK_PART_TARGETS_MAX
from projections.bulk import BULK
from readmodels.bulk import runs_to_do

TURN_SECONDS: Final = 2.0
"""How long one run keeps others waiting."""
LEAD: Final = "bulk runs"
"""What one of several processes leads in: two would but send the same commands."""

PAGE_EVENTS_MAX: Final = 250
"""All of them parts of a list, they have some 20 MB, and five times that once they are decoded."""
ROWS_MAX: Final = 100


def fills_bulk(codec: EventCodec) -> FillsTables:
    """What the follower of bulk runs takes its pages to: events of lists are large, so that pages are small and little is kept."""
    return FillsTables(BULK, codec, PAGE_EVENTS_MAX, ROWS_MAX)


class BulkWorker(Background):
    """Works at bulk runs. Several may stand by: one works, and when it dies another goes on."""

    def __init__(
        self, url: str, pool: ConnectionPool[psycopg.Connection[Any]], events: Log, batch_max: int = BULK_PART_TARGETS_MAX
    ) -> None:
        super().__init__(url, "bulk")
        executor = Executor(events)
        self.preparing = Preparing(url, events, executor)
        self.running = Running(pool, events, executor, batch_max)
        self._over: set[UUID] = set()
        """Runs that are done, and whose row does not say so yet."""

    def session(self, connection: Connection) -> None:
        """Take turns at the runs, once it leads. Raises LogUnavailable, psycopg.Error."""
        leads = False
        while not self.is_stopping:
            leads = leads or try_to_lead(connection, LEAD)
            more = leads and self.work_once(connection)
            self.all_is_well()
            if not more:
                self.wait_for(connection, "bulk", "dashboard")

    def work_once(self, connection: Connection) -> bool:
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
            if self.is_stopping:
                break
        return more

    def _take_a_turn(self, bulk_id: UUID) -> bool:
        """Carry a run out for a while: another one, or a list, may wait. Whether it is over."""
        until = time.monotonic() + TURN_SECONDS
        return self.running.carry_out(bulk_id, lambda: self.is_stopping or time.monotonic() > until)
