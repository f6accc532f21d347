"""Create a team, whose first member and admin is the developer who is named: oneself, unless an admin of the portal does it."""

from typing import ClassVar
from uuid import UUID

from commands.command import TeamCommand
from commands.fields import Name
from commands.work import Work
from domain.developer import Developer
from domain.state import Stream
from domain.team import Team


class CreateTeam(TeamCommand):
    HIMSELF: ClassVar[str | None] = "admin"

    name: Name
    admin: UUID


def reads(command: CreateTeam) -> list[Stream]:
    return [Team.at(command.team_id), Developer.at(command.admin)]


def create_team(command: CreateTeam, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.load(Developer, command.admin).state.must_be_registered()
    work.record(team, team.state.create(command.name, command.admin))
