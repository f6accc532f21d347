"""Leave a team. What it has let you see and manage ends at once; its last admin stays."""

from typing import ClassVar
from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.state import Stream
from domain.team import Team


class LeaveTeam(TeamCommand):
    HIMSELF: ClassVar[str | None] = "developer_id"

    developer_id: UUID


def reads(command: LeaveTeam) -> list[Stream]:
    return [Team.at(command.team_id)]


def leave_team(command: LeaveTeam, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.record(team, team.state.leave(command.developer_id))
