"""Owners on the dashboard, developers and teams: the name to show beside an app."""

from domain.developer import DeveloperChanged, DeveloperDeactivated, DeveloperEvent, DeveloperRegistered, DeveloperStatus
from domain.event import Event
from domain.owner import OwnerKind
from domain.recorded import Recorded
from domain.team import TeamCreated, TeamRenamed
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_owner import OwnerRow

OwnerEvent = DeveloperEvent | TeamCreated | TeamRenamed


def keys(recorded: Recorded[OwnerEvent]) -> tuple[tuple[str, str]]:
    kind = OwnerKind.TEAM if isinstance(recorded.event, TeamCreated | TeamRenamed) else OwnerKind.DEVELOPER
    return ((kind, recorded.id_text),)


def fold(row: OwnerRow | None, recorded: Recorded[OwnerEvent]) -> OwnerRow:
    match row, recorded.event:
        case None, TeamCreated(name=name):
            return OwnerRow(OwnerKind.TEAM, recorded.id_text, name, DeveloperStatus.REGISTERED)
        case OwnerRow(), TeamRenamed(name=name):
            return row._replace(name=name)
        case None, DeveloperRegistered(name=name):
            return OwnerRow(OwnerKind.DEVELOPER, recorded.id_text, str(name), DeveloperStatus.REGISTERED)
        case OwnerRow(), DeveloperChanged(name=name):
            return row._replace(name=str(name))
        case OwnerRow(), DeveloperDeactivated():
            return row._replace(status=DeveloperStatus.DEACTIVATED)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset({DeveloperRegistered, DeveloperChanged, DeveloperDeactivated, TeamCreated, TeamRenamed})

owner = Projection(name="owner", row=OwnerRow, events=EVENTS, keys=keys, fold=fold)
