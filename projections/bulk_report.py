"""What became of the targets of bulk runs, batch by batch."""

from __future__ import annotations

from domain.bulk_part import BulkPartReported
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.bulk_rows import ReportRow


def keys(recorded: Recorded[BulkPartReported]) -> tuple[tuple[str, int]]:
    return ((recorded.id_text, recorded.event.first),)


def fold(row: ReportRow | None, recorded: Recorded[BulkPartReported]) -> ReportRow:
    if row is not None:
        raise OutOfPlace(row, recorded)
    outcomes = [each.model_dump(mode="json", exclude_defaults=True) for each in recorded.event.outcomes]
    return ReportRow(recorded.id_text, recorded.event.first, outcomes, recorded.recorded_at)


report = Projection(name="report", row=ReportRow, events=frozenset({BulkPartReported}), keys=keys, fold=fold)
