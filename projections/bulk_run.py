"""Bulk runs: where each stands, and its sums as they grow."""

from __future__ import annotations

from collections import Counter

from domain.bulk_part import BulkPartReported, BulkResult
from domain.bulk_run import BulkFinished, BulkPrepared, BulkRequested, BulkStarted, BulkStatus, BulkStopped
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.bulk_rows import RunRow

BulkEvent = BulkRequested | BulkPrepared | BulkStarted | BulkStopped | BulkFinished | BulkPartReported


def keys(recorded: Recorded[BulkEvent]) -> tuple[str]:
    event = recorded.event
    return (str(event.bulk_id) if isinstance(event, BulkPartReported) else recorded.id_text,)


def fold(row: RunRow | None, recorded: Recorded[BulkEvent]) -> RunRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, BulkRequested(requested_by=requested_by, order=order, criteria=criteria):
            return RunRow(
                bulk_id=recorded.id_text,
                requested_by=requested_by,
                action=order.action,
                reason=order.reason,
                deadline=order.deadline,
                then_what=order.then,
                undoes=order.undoes,
                criteria=criteria.model_dump(mode="json", exclude_defaults=True),
                status=BulkStatus.PREPARING,
                position=recorded.position,
                requested_at=at,
            )
        case RunRow(), BulkPrepared() as prepared:
            return row._replace(
                status=BulkStatus.PREPARED,
                attempt=prepared.attempt,
                parts=prepared.parts,
                as_of=prepared.as_of,
                prepared_at=at,
                targets=prepared.targets,
                would_do=prepared.would_do,
                would_be_so=prepared.already_so,
                would_be_refused=prepared.would_be_refused,
            )
        case RunRow(), BulkStarted(started_by=started_by):
            return row._replace(status=BulkStatus.RUNNING, started_at=at, started_by=started_by, start_event_id=recorded.event_id)
        case RunRow(), BulkStopped(reason=reason):
            status = BulkStatus.STOPPED if row.started_at is None else BulkStatus.STOPPING
            return row._replace(status=status, stopped_at=at, stop_reason=reason)
        case RunRow(), BulkPartReported() as report:
            return _counted(row, report)
        case RunRow(), BulkFinished():
            return row._replace(status=BulkStatus.FINISHED if row.stopped_at is None else BulkStatus.STOPPED, finished_at=at)
        case _:
            raise OutOfPlace(row, recorded)


def _counted(row: RunRow, report: BulkPartReported) -> RunRow:
    results = Counter(each.result for each in report.outcomes)
    codes = Counter(each.code or "unknown" for each in report.outcomes if each.result is BulkResult.REFUSED)
    return row._replace(
        done=row.done + results[BulkResult.DONE],
        already_so=row.already_so + results[BulkResult.ALREADY_SO],
        refused={code: row.refused.get(code, 0) + codes[code] for code in sorted({*row.refused, *codes})},
        not_sent=row.not_sent + results[BulkResult.NOT_SENT],
    )


EVENTS: frozenset[type[Event]] = frozenset({BulkRequested, BulkPrepared, BulkStarted, BulkStopped, BulkFinished, BulkPartReported})

run = Projection(name="run", row=RunRow, events=EVENTS, keys=keys, fold=fold)
