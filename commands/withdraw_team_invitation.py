"""Withdraw an invitation to a team, or decline it: whoever was invited can no longer join by it."""

from typing import ClassVar
from uuid import UUID

from commands.command import TeamCommand
from commands.work import Work
from domain.state import Stream
from domain.team import Team


class WithdrawTeamInvitation(TeamCommand):
    HIMSELF: ClassVar[str | None] = "developer_id"

    developer_id: UUID


def reads(command: WithdrawTeamInvitation) -> list[Stream]:
    return [Team.at(command.team_id)]


def withdraw_team_invitation(command: WithdrawTeamInvitation, work: Work) -> None:
    team = work.load(Team, command.team_id)
    work.record(team, team.state.withdraw_invitation(command.developer_id))
