"""Make a member of a team one of its admins."""

from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.developer import Developer
from domain.state import Stream
from domain.team import Team


class PromoteMember(TeamCommand):
    developer_id: UUID


def reads(command: PromoteMember) -> list[Stream]:
    return [Team.at(command.team_id), Developer.at(command.developer_id)]


def promote_member(command: PromoteMember, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.load(Developer, command.developer_id).state.must_be_registered()
    work.record(team, team.state.promote(command.developer_id))
