"""Join a team, as the one whom it has invited."""

from typing import ClassVar
from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.developer import Developer
from domain.state import Stream
from domain.team import Team


class JoinTeam(TeamCommand):
    HIMSELF: ClassVar[str | None] = "developer_id"

    developer_id: UUID


def reads(command: JoinTeam) -> list[Stream]:
    return [Team.at(command.team_id), Developer.at(command.developer_id)]


def join_team(command: JoinTeam, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.load(Developer, command.developer_id).state.must_be_registered()
    work.record(team, team.state.join(command.developer_id))
