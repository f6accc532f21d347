"""To do: the active apps of developers who were deactivated are suspended. Either may be known first, so there is a table of each."""

from __future__ import annotations

from typing import Final

from domain.app import (
    AppApproved,
    AppCreated,
    AppDeleted,
    AppReinstated,
    AppSuspended,
    AppTransferred,
)
from domain.developer import DeveloperDeactivated
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.todo import DeactivatedRow, OwnedAppRow

OwnedAppEvent = AppCreated | AppApproved | AppReinstated | AppSuspended | AppTransferred | AppDeleted
EVENTS: Final = frozenset[type[Event]]({AppCreated, AppApproved, AppReinstated, AppSuspended, AppTransferred, AppDeleted})


def keys(recorded: Recorded[OwnedAppEvent | DeveloperDeactivated]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: OwnedAppRow | None, recorded: Recorded[OwnedAppEvent]) -> OwnedAppRow | None:
    match row, recorded.event:
        case None, AppCreated(owner=owner):
            return OwnedAppRow(recorded.id_text, owner.kind, owner.id, active=False)
        case OwnedAppRow(), AppApproved() | AppReinstated():
            return row._replace(active=True)
        case OwnedAppRow(), AppSuspended():
            return row._replace(active=False)
        case OwnedAppRow(), AppTransferred(owner=owner):
            return row._replace(owner_kind=owner.kind, owner_id=owner.id)
        case OwnedAppRow(), AppDeleted():
            return None
        case _:
            raise OutOfPlace(row, recorded)


def fold_deactivated(row: DeactivatedRow | None, recorded: Recorded[DeveloperDeactivated]) -> DeactivatedRow:
    if row is not None:
        raise OutOfPlace(row, recorded)
    return DeactivatedRow(recorded.id_text, recorded.recorded_at, recorded.event_id)


owned_app = Projection(name="app", row=OwnedAppRow, events=EVENTS, keys=keys, fold=fold)
deactivated = Projection(name="deactivated", row=DeactivatedRow, events=frozenset({DeveloperDeactivated}), keys=keys, fold=fold_deactivated)
