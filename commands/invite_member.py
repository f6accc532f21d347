"""Invite a developer into a team: he belongs to it once he has joined."""

from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.developer import Developer
from domain.state import Stream
from domain.team import Team, TeamRole


class InviteMember(TeamCommand):
    developer_id: UUID
    as_admin: bool = False


def reads(command: InviteMember) -> list[Stream]:
    return [Team.at(command.team_id), Developer.at(command.developer_id)]


def invite_member(command: InviteMember, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.load(Developer, command.developer_id).state.must_be_registered()
    role = TeamRole.ADMIN if command.as_admin else TeamRole.MEMBER
    work.record(team, team.state.invite(command.developer_id, role))
