"""Carries a bulk run out: batch by batch in the order of its list, each reported with the next. Whoever goes on sends again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.appended import what_was_done
from adapters.workers.bulk_items import item_command, item_envelope, item_id, our_envelope
from adapters.workers.bulk_pace import Pace
from commands.command import Envelope
from commands.executor import Executor
from commands.finish_bulk_run import FinishBulkRun
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Log
from commands.principal import item_of
from commands.report_bulk_part import ReportBulkPart
from commands.stop_bulk_run import StopBulkRun
from domain.bulk_order import BulkAction, BulkOrder
from domain.bulk_part import BulkOutcome, BulkPart, BulkPartFrozen, BulkPartReported, BulkResult, BulkTarget, part_id
from domain.bulk_run import BulkPrepared, BulkRun, BulkStatus
from domain.developer import Developer, DeveloperStatus

NOT_SENT: Final = BulkOutcome(result=BulkResult.NOT_SENT)
STOPPED_CODE: Final = "bulk_stopped"
"""What an item is refused with that comes after its run was stopped."""


class _Run(NamedTuple):
    """A run under way, as it was started."""

    bulk_id: UUID
    order: BulkOrder
    prepared: BulkPrepared
    started_by: UUID
    start_event: UUID


class _Sums:
    """How far a run has come, kept between two turns at it."""

    def __init__(self) -> None:
        self.part = 0
        self.results: Counter[BulkResult] = Counter()
        self.codes: Counter[str] = Counter()

    def add(self, outcomes: Sequence[BulkOutcome]) -> None:
        """Take a whole part's outcomes."""
        self.part += 1
        self.results.update(each.result for each in outcomes)
        self.codes.update(each.code or "unknown" for each in outcomes if each.result is BulkResult.REFUSED)


class Running:
    """Carries runs out. Two at the same run harm nothing: each command has one effect, and each outcome is reported once."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection], events: Log, executor: Executor, batch_max: int) -> None:
        self._pool = pool
        self._log = events
        self._executor = executor
        self._owed: list[Envelope] = []
        """The report of the last batch: it goes with the next one, in its transaction."""
        self._sums: dict[UUID, _Sums] = {}
        self.pace = Pace(batch_max)

    def carry_out(self, bulk_id: UUID, must_leave: Callable[[], bool]) -> bool:
        """Go on with a run to its end; false where one must leave before. Raises LogUnavailable, psycopg.Error."""
        self._owed = []  # Of a turn that failed: what it had to report is found again.
        run = self._begun(bulk_id)
        if run is None:
            return True
        so_far = self._sums.setdefault(bulk_id, _Sums())
        while so_far.part < run.prepared.parts:
            outcomes = self._part(run, so_far.part, must_leave)
            if outcomes is None:
                self._pay()
                return False
            so_far.add(outcomes)
        self._pay()
        sums = FinishBulkRun(
            bulk_id=bulk_id,
            done=so_far.results[BulkResult.DONE],
            already_so=so_far.results[BulkResult.ALREADY_SO],
            refused=dict(sorted(so_far.codes.items())),
            not_sent=so_far.results[BulkResult.NOT_SENT],
        )
        del self._sums[bulk_id]
        self._executor.execute([our_envelope(sums, run.start_event)])
        return True

    def _begun(self, bulk_id: UUID) -> _Run | None:
        state = self._state(bulk_id)
        if state.prepared is None or state.started is None:
            return None
        return _Run(bulk_id, state.order, state.prepared, state.started.started_by, state.start_event(bulk_id))

    def _state(self, bulk_id: UUID) -> BulkRun:
        return _run_of(self._log.load([BulkRun.at(bulk_id)], []).histories[BulkRun.at(bulk_id)].events)

    def _goes_on(self, run: _Run) -> bool:
        """Whether it still runs. A run ends with the authority of whoever started it."""
        admin, stream = Developer.at(run.started_by), BulkRun.at(run.bulk_id)
        found = self._log.load([stream, admin], []).histories
        if _run_of(found[stream].events).status is not BulkStatus.RUNNING:
            return False
        state = Developer()
        for event in found[admin].events:
            state = state.evolve(event)  # type: ignore[arg-type] # the stream holds its own events
        if state.status is not DeveloperStatus.DEACTIVATED:
            return True
        reason = "the admin who started it was deactivated"
        self._executor.execute([our_envelope(StopBulkRun(bulk_id=run.bulk_id, reason=reason), run.start_event)])
        return False

    def _part(self, run: _Run, number: int, must_leave: Callable[[], bool]) -> list[BulkOutcome] | None:
        """Bring every target of a part to its outcome; none where one must leave before."""
        part = part_id(run.prepared.attempt, number)
        targets, outcomes = self._loaded(part)
        while len(outcomes) < len(targets):
            if must_leave():
                return None
            rest = targets[len(outcomes) :]
            new = self._sent(run, rest[: self.pace.size]) if self._goes_on(run) else self._found(run, rest)
            self._owed.append(
                our_envelope(ReportBulkPart(part_id=part, bulk_id=run.bulk_id, first=len(outcomes), outcomes=tuple(new)), run.start_event)
            )
            outcomes += new
        return outcomes

    def _loaded(self, part: UUID) -> tuple[Sequence[BulkTarget], list[BulkOutcome]]:
        """A part's targets, and the outcomes that were reported already."""
        targets: Sequence[BulkTarget] = ()
        outcomes: list[BulkOutcome] = []
        for event in self._log.load([BulkPart.at(part)], []).histories[BulkPart.at(part)].events:
            if isinstance(event, BulkPartFrozen):
                targets = event.targets
            elif isinstance(event, BulkPartReported):
                outcomes += event.outcomes
        return targets, outcomes

    def _sent(self, run: _Run, targets: Sequence[BulkTarget]) -> list[BulkOutcome]:
        """Send a batch of commands, with the report of the one before."""
        principal = item_of(run.bulk_id, run.started_by)
        commands = [item_command(run.order, target) for target in targets]
        items = [
            item_envelope(run.order, target, command, start_event=run.start_event, principal=principal, on_behalf_of=run.started_by)
            for target, command in zip(targets, commands, strict=True)
            if command is not None
        ]
        owed, self._owed = self._owed, []
        begun = time.monotonic()
        outcomes = self._executor.execute([*owed, *items])[len(owed) :]
        self.pace.took(max(len(items), 1), time.monotonic() - begun)
        return self._told(run, targets, {outcome.command_id: outcome for outcome in outcomes if outcome.command_id is not None})

    def _found(self, run: _Run, targets: Sequence[BulkTarget]) -> list[BulkOutcome]:
        """Of a run that was stopped: what its commands were answered, as far as they were sent. Nothing is accepted for it any more."""
        ids = [item_id(run.start_event, run.order.action, target.id) for target in targets]
        kept = self._log.load([], ids).outcomes
        return self._told(run, targets, {id_: each.outcome for id_, each in kept.items()}, unsent=NOT_SENT)

    def _told(
        self, run: _Run, targets: Sequence[BulkTarget], answers: dict[UUID, Outcome], unsent: BulkOutcome | None = None
    ) -> list[BulkOutcome]:
        with self._pool.connection() as connection:
            positions = [each.position for each in answers.values() if each.kind is OutcomeKind.ACCEPTED and each.position is not None]
            done = what_was_done(connection, positions)
        told = []
        for target in targets:
            id_ = item_id(run.start_event, run.order.action, target.id)
            outcome = answers.get(id_)
            if outcome is None:  # Nothing has this id: the list says so.
                told.append(unsent or BulkOutcome(result=BulkResult.REFUSED, code=target.code))
            elif outcome.kind is OutcomeKind.ACCEPTED:
                version = done.get(id_)
                kept = version if run.order.action is BulkAction.SUSPEND else None
                told.append(BulkOutcome(result=BulkResult.ALREADY_SO if version is None else BulkResult.DONE, version=kept))
            elif outcome.code == STOPPED_CODE:
                told.append(NOT_SENT)
            else:
                told.append(BulkOutcome(result=BulkResult.REFUSED, code=outcome.code))
        return told

    def _pay(self) -> None:
        """Report what was not reported yet."""
        owed, self._owed = self._owed, []
        if owed:
            self._executor.execute(owed)


def _run_of(events: Sequence[object]) -> BulkRun:
    state = BulkRun()
    for event in events:
        state = state.evolve(event)  # type: ignore[arg-type] # the stream holds its own events
    return state
