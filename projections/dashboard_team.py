"""Teams on the dashboard: their names."""

from typing import get_args

from domain.event import Event
from domain.recorded import Recorded
from domain.team import TeamCreated, TeamEvent, TeamRenamed
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_team import TeamRow


def keys(recorded: Recorded[TeamEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: TeamRow | None, recorded: Recorded[TeamEvent]) -> TeamRow:
    match row, recorded.event:
        case None, TeamCreated(name=name):
            return TeamRow(recorded.id_text, name, recorded.recorded_at, recorded.version)
        case TeamRow(), TeamRenamed(name=name):
            return row._replace(name=name, version=recorded.version)
        case TeamRow(), event if not isinstance(event, TeamCreated):  # Members have rows of their own.
            return row._replace(version=recorded.version)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(get_args(TeamEvent))

team = Projection(name="team", row=TeamRow, events=EVENTS, keys=keys, fold=fold)
