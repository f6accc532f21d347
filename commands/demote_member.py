"""Make an admin of a team a plain member; one admin stays."""

from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.state import Stream
from domain.team import Team


class DemoteMember(TeamCommand):
    developer_id: UUID


def reads(command: DemoteMember) -> list[Stream]:
    return [Team.at(command.team_id)]


def demote_member(command: DemoteMember, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.record(team, team.state.demote(command.developer_id))
