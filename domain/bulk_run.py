"""A bulk run: one order for many targets. First a list of them is frozen, which shows what would happen; then it is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from domain.bulk_order import BulkAction, BulkCriteria, BulkOrder
from domain.event import Event
from domain.limits import BULK_LIST_AGE_MAX
from domain.recorded import event_id
from domain.refused import Refused
from domain.state import State


class BulkRequested(Event):
    """`requested_by` is who asked for the list: what would happen was looked up as if he had started it."""

    requested_by: str
    order: BulkOrder
    criteria: BulkCriteria


class BulkPrepared(Event):
    """The list is frozen: its parts are named after the attempt. `as_of` is the place in the log up to which it was looked at."""

    attempt: UUID
    parts: int
    as_of: int
    targets: int
    would_do: int
    already_so: int
    would_be_refused: dict[str, int]
    prepared_at: AwareDatetime


class BulkStarted(Event):
    """Items act on behalf of this person, in the role that he had when he started it."""

    started_by: UUID
    role: str


class BulkStopped(Event):
    reason: str | None


class BulkFinished(Event):
    """Every target was reported, and these are the sums."""

    done: int
    already_so: int
    refused: dict[str, int]
    not_sent: int


BulkRunEvent = BulkRequested | BulkPrepared | BulkStarted | BulkStopped | BulkFinished


class BulkStatus(StrEnum):
    """Where a run stands. Stopping: what was under way is still being reported."""

    ABSENT = "absent"
    PREPARING = "preparing"
    PREPARED = "prepared"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"


ENDED = frozenset({BulkStatus.STOPPED, BulkStatus.FINISHED})


class StartedRun(NamedTuple):
    """A run under way. The event that started it is the one cause of all that it does."""

    bulk_id: UUID
    order: BulkOrder
    attempt: UUID
    parts: int
    started_by: UUID
    start_event: UUID


@dataclass(frozen=True)
class BulkRun(State):
    """What past events make true of a run."""

    KIND: ClassVar[str] = "bulk"

    status: BulkStatus = BulkStatus.ABSENT
    requested: BulkRequested | None = None
    prepared: BulkPrepared | None = None
    started: BulkStarted | None = None
    events: int = 0
    start_version: int = 0

    @property
    def order(self) -> BulkOrder:
        """The order of a run that exists."""
        if self.requested is None:
            raise Refused("bulk_unknown", "there is no bulk run with this id")
        return self.requested.order

    @property
    def was_sent(self) -> bool:
        """Whether it ever began to carry its order out."""
        return self.started is not None

    def as_started(self, bulk_id: UUID) -> StartedRun | None:
        """What carries it out must know; none where it was not started, or is over."""
        if self.prepared is None or self.started is None or self.status in ENDED:
            return None
        cause = event_id(self.at(bulk_id), self.start_version)
        return StartedRun(bulk_id, self.order, self.prepared.attempt, self.prepared.parts, self.started.started_by, cause)

    def request(self, order: BulkOrder, criteria: BulkCriteria, by: str) -> list[BulkRunEvent]:
        requested = BulkRequested(requested_by=by, order=order, criteria=criteria)
        if self.requested is None:
            return [requested]
        if self.requested == requested:
            return []
        raise Refused("id_used", "this id belongs to an earlier bulk run; ids are never used again")

    def must_be_preparing(self) -> None:
        """Refuse what belongs to a list that is being made."""
        self._must_exist()
        if self.status is not BulkStatus.PREPARING:
            raise Refused("bulk_prepared", f"this run is {self.status}: its list is not being made any more")

    def freeze(self, prepared: BulkPrepared) -> list[BulkRunEvent]:
        self.must_be_preparing()
        return [prepared]

    def start(self, by: UUID, role: str, now: datetime) -> list[BulkRunEvent]:
        """Let it carry out what was shown, while the list is fresh."""
        self._must_exist()
        if self.started is not None:
            if self.started.started_by == by:
                return []
            raise Refused("already_started", f"person:{self.started.started_by} has started this run")
        if self.prepared is None or self.status is not BulkStatus.PREPARED:
            raise Refused("not_prepared", f"this run is {self.status}; only one whose list stands can be started")
        if now - self.prepared.prepared_at > BULK_LIST_AGE_MAX:
            minutes = int(BULK_LIST_AGE_MAX.total_seconds() // 60)
            raise Refused("list_too_old", f"this list is older than {minutes} minutes; prepare a new one, and look at it")
        return [BulkStarted(started_by=by, role=role)]

    def must_be_running(self) -> None:
        """Refuse items of a run that nobody started, or that was stopped or is over."""
        if self.status is not BulkStatus.RUNNING:
            raise Refused("bulk_stopped", f"this bulk run is {self.status}: nothing more is done for it")

    def stop(self, reason: str | None) -> list[BulkRunEvent]:
        self._must_exist()
        if self.status in {BulkStatus.STOPPING, BulkStatus.STOPPED}:
            return []
        if self.status is BulkStatus.FINISHED:
            raise Refused("bulk_finished", "this run has finished; there is nothing to stop")
        return [BulkStopped(reason=reason)]

    def finish(self, sums: BulkFinished) -> list[BulkRunEvent]:
        if self.status in ENDED:
            return []
        if self.prepared is None or self.started is None:
            raise Refused("not_started", "this run was not started")
        if sums.done + sums.already_so + sum(sums.refused.values()) + sums.not_sent != self.prepared.targets:
            raise Refused("not_reported", "a run is finished when each of its targets was reported")
        return [sums]

    def must_be_undoable(self) -> None:
        """Refuse to undo what can't be undone honestly: suspensions can, when the run is over; a demand or an approval can't."""
        if self.order.action is not BulkAction.SUSPEND:
            raise Refused("not_undoable", f"{self.order.action} can't be undone: what it did was seen, and others have acted on it")
        if self.status not in ENDED or not self.was_sent:
            raise Refused("not_over", f"this run is {self.status}; a run is undone when it is over")

    def _must_exist(self) -> None:
        if self.status is BulkStatus.ABSENT:
            raise Refused("bulk_unknown", "there is no bulk run with this id")

    def evolve(self, event: BulkRunEvent) -> BulkRun:
        """History is never refused: no rule may be checked here."""
        events = self.events + 1
        match event:
            case BulkRequested():
                return self.but(events=events, status=BulkStatus.PREPARING, requested=event)
            case BulkPrepared():
                return self.but(events=events, status=BulkStatus.PREPARED, prepared=event)
            case BulkStarted():
                return self.but(events=events, status=BulkStatus.RUNNING, started=event, start_version=events)
            case BulkStopped():
                status = BulkStatus.STOPPED if self.started is None else BulkStatus.STOPPING
                return self.but(events=events, status=status)
            case BulkFinished():
                status = BulkStatus.STOPPED if self.status is BulkStatus.STOPPING else BulkStatus.FINISHED
                return self.but(events=events, status=status)
        assert_never(event)
