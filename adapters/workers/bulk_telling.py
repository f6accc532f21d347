"""What became of a bulk run's targets, told from the answers to their commands: done, so already, refused, or never sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.appended import what_was_done
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Log
from domain.bulk_order import BulkAction
from domain.bulk_part import BulkOutcome, BulkResult, BulkTarget
from domain.bulk_run import StartedRun

NOT_SENT: Final = BulkOutcome(result=BulkResult.NOT_SENT)
ALREADY_SO: Final = BulkOutcome(result=BulkResult.ALREADY_SO)
STOPPED_CODE: Final = "bulk_stopped"
"""What a command is refused with that comes after its run was stopped."""


class Telling:
    """Tells outcomes by what commands were answered, and by what the log says that they did."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], events: Log) -> None:
        self._pool = pool
        self._log = events

    def of_answers(
        self, run: StartedRun, targets: Sequence[BulkTarget], ids: Sequence[UUID], answers: Sequence[Outcome]
    ) -> list[BulkOutcome]:
        """Tell the outcome of each target; one without an answer could not be sent, as nothing has its id."""
        by_id = {answer.command_id: answer for answer in answers if answer.command_id is not None}
        return self._told(run, targets, ids, by_id, stopped=False)

    def of_stopped(self, run: StartedRun, targets: Sequence[BulkTarget], ids: Sequence[UUID]) -> list[BulkOutcome]:
        """The same of a run that was stopped: what its commands were answered, as far as they were sent. Nothing more is accepted."""
        kept = self._log.load([], ids).outcomes
        return self._told(run, targets, ids, {id_: each.outcome for id_, each in kept.items()}, stopped=True)

    def _told(
        self, run: StartedRun, targets: Sequence[BulkTarget], ids: Sequence[UUID], answers: Mapping[UUID, Outcome], *, stopped: bool
    ) -> list[BulkOutcome]:
        positions = [each.position for each in answers.values() if each.kind is OutcomeKind.ACCEPTED and each.position is not None]
        with self._pool.connection() as connection:
            done = what_was_done(connection, positions)
        told = []
        for id_, target in zip(ids, targets, strict=True):
            answer = answers.get(id_)
            if answer is None:
                told.append(NOT_SENT if stopped else BulkOutcome(result=BulkResult.REFUSED, code=target.code))
            elif answer.kind is not OutcomeKind.ACCEPTED:
                told.append(NOT_SENT if answer.code == STOPPED_CODE else BulkOutcome(result=BulkResult.REFUSED, code=answer.code))
            elif id_ in done:  # An undo needs to know the version that it left.
                told.append(BulkOutcome(result=BulkResult.DONE, version=done[id_] if run.order.action is BulkAction.SUSPEND else None))
            else:
                told.append(ALREADY_SO)
        return told
