"""Remove somebody from a team, for whatever he was in it; his rights end at once, and one admin stays."""

from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.state import Stream
from domain.team import Team


class RemoveMember(TeamCommand):
    developer_id: UUID


def reads(command: RemoveMember) -> list[Stream]:
    return [Team.at(command.team_id)]


def remove_member(command: RemoveMember, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.record(team, team.state.remove(command.developer_id))
