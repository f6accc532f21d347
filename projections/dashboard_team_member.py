"""Members on the dashboard: who belongs to which team now, and who is invited."""

from domain.event import Event
from domain.recorded import Recorded
from domain.team import (
    TeamCreated,
    TeamInvitationWithdrawn,
    TeamMemberDemoted,
    TeamMemberInvited,
    TeamMemberJoined,
    TeamMemberLeft,
    TeamMemberPromoted,
    TeamMemberRemoved,
    TeamRole,
)
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_team import TeamMemberRow

MemberEvent = (
    TeamMemberInvited
    | TeamInvitationWithdrawn
    | TeamMemberJoined
    | TeamMemberLeft
    | TeamMemberRemoved
    | TeamMemberPromoted
    | TeamMemberDemoted
)
MEMBER, ADMIN = TeamRole


def keys(recorded: Recorded[TeamCreated | MemberEvent]) -> tuple[tuple[str, str]]:
    event = recorded.event
    return ((recorded.id_text, str(event.admin if isinstance(event, TeamCreated) else event.developer_id)),)


def fold(row: TeamMemberRow | None, recorded: Recorded[TeamCreated | MemberEvent]) -> TeamMemberRow | None:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, TeamCreated(admin=admin):
            return TeamMemberRow(recorded.id_text, str(admin), ADMIN, joined_at=at)
        case _, TeamMemberInvited(developer_id=who, as_admin=as_admin):
            return TeamMemberRow(recorded.id_text, str(who), ADMIN if as_admin else MEMBER, invited_at=at)
        case TeamMemberRow(), TeamMemberJoined():
            return row._replace(joined_at=at)
        case TeamMemberRow(), TeamMemberPromoted():
            return row._replace(role=ADMIN)
        case TeamMemberRow(), TeamMemberDemoted():
            return row._replace(role=MEMBER)
        case TeamMemberRow(), TeamInvitationWithdrawn() | TeamMemberLeft() | TeamMemberRemoved():
            return None
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(
    {
        TeamCreated,
        TeamMemberInvited,
        TeamInvitationWithdrawn,
        TeamMemberJoined,
        TeamMemberLeft,
        TeamMemberRemoved,
        TeamMemberPromoted,
        TeamMemberDemoted,
    }
)

team_member = Projection(name="team_member", row=TeamMemberRow, events=EVENTS, keys=keys, fold=fold)
