"""The frozen lists of bulk runs, part by part."""

from __future__ import annotations

from domain.bulk_part import BulkPartFrozen
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.bulk_rows import PartRow


def keys(recorded: Recorded[BulkPartFrozen]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: PartRow | None, recorded: Recorded[BulkPartFrozen]) -> PartRow:
    if row is not None:
        raise OutOfPlace(row, recorded)
    frozen = recorded.event
    targets = [each.model_dump(mode="json", exclude_defaults=True) for each in frozen.targets]
    return PartRow(recorded.id_text, frozen.bulk_id, frozen.attempt, frozen.number, targets)


part = Projection(name="part", row=PartRow, events=frozenset({BulkPartFrozen}), keys=keys, fold=fold)
