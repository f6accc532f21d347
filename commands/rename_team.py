"""Rename a team; its apps and members stay."""

from commands.command import TeamCommand
from commands.fields import Name
from commands.work import Work
from domain.state import Stream
from domain.team import Team


class RenameTeam(TeamCommand):
    name: Name


def reads(command: RenameTeam) -> list[Stream]:
    return [Team.at(command.team_id)]


def rename_team(command: RenameTeam, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.record(team, team.state.rename(command.name))
