"""Carries a bulk run out: batch by batch in the order of its list, each reported with a later one. Whoever goes on sends again."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from adapters.workers.bulk_items import item_command, item_envelope, item_ids, our_envelope
from adapters.workers.bulk_pace import Pace
from adapters.workers.bulk_telling import Telling
from commands.command import Envelope
from commands.executor import Executor
from commands.finish_bulk_run import FinishBulkRun
from commands.ports import Log
from commands.principal import item_of
from commands.report_bulk_part import ReportBulkPart
from commands.stop_bulk_run import StopBulkRun
from domain.bulk_part import BulkOutcome, BulkPart, BulkPartFrozen, BulkPartReported, BulkResult, BulkTarget, part_id
from domain.bulk_run import BulkRun, BulkStatus, StartedRun
from domain.developer import Developer, DeveloperStatus
from domain.state import Stream

LOOK_SECONDS: Final = 0.25
"""How often it is seen whether a run goes on. Where it was stopped, its commands are refused at once: they read it themselves."""


class _Batch(NamedTuple):
    """Commands under way: some targets of one part, behind the reports of earlier batches."""

    part: UUID
    first: int
    targets: Sequence[BulkTarget]
    ids: Sequence[UUID]
    reports: int


class _Progress:
    """How far a run has come, kept between two turns at it: the next target, and the sums of all before."""

    def __init__(self) -> None:
        self.number = 0
        self.place = 0
        self.results: Counter[BulkResult] = Counter()
        self.codes: Counter[str] = Counter()

    def add(self, outcomes: Sequence[BulkOutcome]) -> None:
        """Count what became of targets."""
        self.results.update(each.result for each in outcomes)
        self.codes.update(each.code or "unknown" for each in outcomes if each.result is BulkResult.REFUSED)


class Running:
    """Carries runs out. Two at the same run harm nothing: each command has one effect, and each outcome is reported once."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], events: Log, executor: Executor, batch_max: int) -> None:
        self._log = events
        self._executor = executor
        self._beside = Executor(events)
        """For what has to be said while batches are under way."""
        self._telling = Telling(pool, events)
        self._progress: dict[UUID, _Progress] = {}
        self._owed: list[Envelope] = []
        """Reports of batches that are done: they go with the next one, in its transaction."""
        self._batches: deque[_Batch] = deque()
        self.pace = Pace(batch_max)

    def carry_out(self, bulk_id: UUID, must_leave: Callable[[], bool]) -> bool:
        """Go on with a run to its end; false where one must leave before. Raises LogUnavailable, psycopg.Error."""
        run = self._state(bulk_id).as_started(bulk_id)
        if run is None:
            return True
        progress = self._progress.pop(bulk_id, None) or _Progress()  # Of a turn that failed nothing is kept: it is looked up again.
        self._owed, self._batches = [], deque()
        told = time.monotonic()
        for outcomes in self._executor.stream(self._sent(run, progress, must_leave)):
            batch = self._batches.popleft()
            now = time.monotonic()
            self.pace.took(len(batch.targets), now - told)
            told = now
            self._report(run, progress, batch, self._telling.of_answers(run, batch.targets, batch.ids, outcomes[batch.reports :]))
        self._pay()
        if must_leave() and progress.number < run.parts:
            self._progress[bulk_id] = progress
            return False
        for part, first, targets in self._left(run, progress):  # It was stopped.
            ids = item_ids(run, targets)
            self._report(run, progress, _Batch(part, first, targets, ids, 0), self._telling.of_stopped(run, targets, ids))
            self._pay()
        self._finish(run, progress)
        return True

    def _sent(self, run: StartedRun, progress: _Progress, must_leave: Callable[[], bool]) -> Iterator[Sequence[Envelope]]:
        """Batch after batch of commands, as long as the run goes on; each is under way while the next is made."""
        principal = item_of(run.bulk_id, run.started_by)
        looked = 0.0
        for part, first, targets in self._left(run, progress):
            if must_leave():
                progress.place -= len(targets)
                return
            if time.monotonic() - looked > LOOK_SECONDS:
                if not self._goes_on(run):
                    progress.place -= len(targets)
                    return
                looked = time.monotonic()
            owed, self._owed = self._owed, []
            ids = item_ids(run, targets)
            commands = ((id_, target, item_command(run.order, target)) for id_, target in zip(ids, targets, strict=True))
            cause = str(run.start_event)
            items = [
                item_envelope(id_, target, command, principal, on_behalf_of=run.started_by, cause=cause)
                for id_, target, command in commands
                if command is not None
            ]
            self._batches.append(_Batch(part, first, targets, ids, len(owed)))
            yield [*owed, *items]

    def _left(self, run: StartedRun, progress: _Progress) -> Iterator[tuple[UUID, int, Sequence[BulkTarget]]]:
        """The targets that have no outcome yet, as many at a time as the pace says: their part, the first one's place in it, and they."""
        while progress.number < run.parts:
            part = part_id(run.attempt, progress.number)
            targets, outcomes = self._loaded(part)
            if len(outcomes) > progress.place:
                progress.add(outcomes[progress.place :])
                progress.place = len(outcomes)
            while left := len(targets) - progress.place:
                first = progress.place
                some = targets[first : first + self.pace.of(left)]
                progress.place += len(some)
                yield part, first, some
            progress.number, progress.place = progress.number + 1, 0

    def _loaded(self, part: UUID) -> tuple[Sequence[BulkTarget], list[BulkOutcome]]:
        """A part's targets, and the outcomes that were reported already."""
        targets: Sequence[BulkTarget] = ()
        outcomes: list[BulkOutcome] = []
        stream = BulkPart.at(part)
        for event in self._log.load([stream], []).histories[stream].events:
            if isinstance(event, BulkPartFrozen):
                targets = event.targets
            elif isinstance(event, BulkPartReported):
                outcomes += event.outcomes
        return targets, outcomes

    def _goes_on(self, run: StartedRun) -> bool:
        """Whether it still runs. A run ends with the authority of whoever started it."""
        if self._state(run.bulk_id).status is not BulkStatus.RUNNING:
            return False
        admin: Any = Developer()
        for event in self._events(Developer.at(run.started_by)):
            admin = admin.evolve(event)
        if admin.status is not DeveloperStatus.DEACTIVATED:
            return True
        stop = StopBulkRun(bulk_id=run.bulk_id, reason="the admin who started it was deactivated")
        self._beside.execute([our_envelope(stop, run.start_event)])
        return False

    def _state(self, bulk_id: UUID) -> BulkRun:
        state: Any = BulkRun()
        for event in self._events(BulkRun.at(bulk_id)):
            state = state.evolve(event)
        found: BulkRun = state
        return found

    def _events(self, stream: Stream) -> Sequence[object]:
        return self._log.load([stream], []).histories[stream].events

    def _report(self, run: StartedRun, progress: _Progress, batch: _Batch, outcomes: Sequence[BulkOutcome]) -> None:
        """Count outcomes, and have them reported with what is sent next."""
        progress.add(outcomes)
        report = ReportBulkPart(part_id=batch.part, bulk_id=run.bulk_id, first=batch.first, outcomes=tuple(outcomes))
        self._owed.append(our_envelope(report, run.start_event))

    def _pay(self) -> None:
        """Report what was not reported yet."""
        owed, self._owed = self._owed, []
        if owed:
            self._executor.execute(owed)

    def _finish(self, run: StartedRun, progress: _Progress) -> None:
        sums = FinishBulkRun(
            bulk_id=run.bulk_id,
            done=progress.results[BulkResult.DONE],
            already_so=progress.results[BulkResult.ALREADY_SO],
            refused=dict(sorted(progress.codes.items())),
            not_sent=progress.results[BulkResult.NOT_SENT],
        )
        self._executor.execute([our_envelope(sums, run.start_event)])
