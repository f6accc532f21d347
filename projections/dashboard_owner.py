"""Owners on the dashboard: the name to show beside an app."""

from domain.developer import DeveloperChanged, DeveloperDeactivated, DeveloperEvent, DeveloperRegistered, DeveloperStatus
from domain.event import Event
from domain.owner import OwnerKind
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_owner import OwnerRow


def keys(recorded: Recorded[DeveloperEvent]) -> tuple[tuple[str, str]]:
    return ((OwnerKind.DEVELOPER, recorded.id_text),)


def fold(row: OwnerRow | None, recorded: Recorded[DeveloperEvent]) -> OwnerRow:
    match row, recorded.event:
        case None, DeveloperRegistered(name=name):
            return OwnerRow(OwnerKind.DEVELOPER, recorded.id_text, str(name), DeveloperStatus.REGISTERED)
        case OwnerRow(), DeveloperChanged(name=name):
            return row._replace(name=str(name))
        case OwnerRow(), DeveloperDeactivated():
            return row._replace(status=DeveloperStatus.DEACTIVATED)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset({DeveloperRegistered, DeveloperChanged, DeveloperDeactivated})

owner = Projection(name="owner", row=OwnerRow, events=EVENTS, keys=keys, fold=fold)
