"""A team: who belongs to it, and that somebody always manages it."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.create_team import CreateTeam
from commands.deactivate_developer import DeactivateDeveloper
from commands.demote_member import DemoteMember
from commands.join_team import JoinTeam
from commands.leave_team import LeaveTeam
from commands.principal import person
from commands.promote_member import PromoteMember
from commands.remove_member import RemoveMember
from commands.rename_team import RenameTeam
from commands.withdraw_team_invitation import WithdrawTeamInvitation
from domain.limits import TEAM_MEMBERS_MAX
from domain.team import (
    Team,
    TeamCreated,
    TeamInvitationWithdrawn,
    TeamMemberDemoted,
    TeamMemberInvited,
    TeamMemberJoined,
    TeamMemberLeft,
    TeamMemberPromoted,
    TeamMemberRemoved,
    TeamRenamed,
)
from tests.examples import FRED, INGA, MIA, OTTO, OWNER, SCENE, TEAM, TEAM_SCENE, an_id, invite, join, joined, leave, register
from tests.given import ADMIN, OLGA, Sent, given, happened

CREATE = Sent(CreateTeam(team_id=TEAM, name="Kitchen", admin=OLGA), OWNER)


def by_olga(command: type[PromoteMember | DemoteMember | RemoveMember | WithdrawTeamInvitation], developer_id: UUID) -> Sent:
    return Sent(command(team_id=TEAM, developer_id=developer_id), OWNER)


def test_whoever_creates_a_team_is_its_first_admin() -> None:
    given(*SCENE).when(CREATE).then(TeamCreated(name="Kitchen", admin=OLGA))
    given(*SCENE).when(Sent(CREATE.command, ADMIN)).then(TeamCreated(name="Kitchen", admin=OLGA))


def test_the_same_creation_again_changes_nothing_and_another_one_is_refused() -> None:
    given(*SCENE, CREATE).when(CREATE).then()
    given(*SCENE, CREATE).when(Sent(CreateTeam(team_id=TEAM, name="Hall", admin=OLGA), OWNER)).then_refused("id_used")


def test_a_team_is_renamed() -> None:
    rename = RenameTeam(team_id=TEAM, name="Hall")
    given(*TEAM_SCENE).when(Sent(rename, OWNER)).then(TeamRenamed(name="Hall"))
    given(*TEAM_SCENE, Sent(rename, OWNER)).when(Sent(rename, OWNER)).then()


def test_whoever_is_invited_joins_and_nobody_else() -> None:
    given(*TEAM_SCENE).when(invite(OTTO)).then(TeamMemberInvited(developer_id=OTTO, as_admin=False))
    given(*TEAM_SCENE).when(join(INGA)).then(TeamMemberJoined(developer_id=INGA))
    given(*TEAM_SCENE).when(join(OTTO)).then_refused("not_invited")
    given(*TEAM_SCENE).when(join(FRED)).then_refused("not_invited")  # He has left; his old invitation is used up.


def test_the_same_again_changes_nothing() -> None:
    given(*TEAM_SCENE).when(invite(INGA)).then()
    given(*TEAM_SCENE).when(join(MIA)).then()
    given(*TEAM_SCENE).when(leave(FRED)).then()
    given(*TEAM_SCENE).when(by_olga(RemoveMember, FRED)).then()
    given(*TEAM_SCENE).when(by_olga(WithdrawTeamInvitation, FRED)).then()
    given(*TEAM_SCENE).when(by_olga(PromoteMember, OLGA)).then()
    given(*TEAM_SCENE).when(by_olga(DemoteMember, MIA)).then()


def test_who_belongs_already_is_not_invited() -> None:
    given(*TEAM_SCENE).when(invite(MIA)).then_refused("already_member")
    given(*TEAM_SCENE).when(by_olga(WithdrawTeamInvitation, MIA)).then_refused("already_member")


def test_a_later_invitation_takes_the_place_of_an_open_one() -> None:
    there = given(*TEAM_SCENE, invite(INGA, as_admin=True), join(INGA))
    there.when(Sent(RenameTeam(team_id=TEAM, name="Hall"), person(INGA))).then(TeamRenamed(name="Hall"))


def test_an_invitation_is_withdrawn_by_the_team_or_declined() -> None:
    withdrawn = TeamInvitationWithdrawn(developer_id=INGA)
    given(*TEAM_SCENE).when(by_olga(WithdrawTeamInvitation, INGA)).then(withdrawn)
    given(*TEAM_SCENE).when(by_olga(RemoveMember, INGA)).then(withdrawn)
    declined = Sent(WithdrawTeamInvitation(team_id=TEAM, developer_id=INGA), person(INGA))
    given(*TEAM_SCENE).when(declined).then(withdrawn)
    given(*TEAM_SCENE, declined).when(join(INGA)).then_refused("not_invited")


def test_only_developers_in_good_standing_are_invited_join_and_are_promoted() -> None:
    given(*TEAM_SCENE).when(invite(an_id("nobody"))).then_refused("developer_unknown")
    gone = [*TEAM_SCENE, *(DeactivateDeveloper(developer_id=each, reason="left") for each in (OTTO, INGA, MIA))]
    given(*gone).when(invite(OTTO)).then_refused("deactivated")
    given(*gone).when(join(INGA)).then_refused("deactivated")
    given(*gone).when(by_olga(PromoteMember, MIA)).then_refused("deactivated")
    given(*gone).when(by_olga(RemoveMember, MIA)).then(TeamMemberRemoved(developer_id=MIA))


def test_members_are_promoted_and_demoted() -> None:
    promote = by_olga(PromoteMember, MIA)
    given(*TEAM_SCENE).when(promote).then(TeamMemberPromoted(developer_id=MIA))
    given(*TEAM_SCENE, promote).when(by_olga(DemoteMember, MIA)).then(TeamMemberDemoted(developer_id=MIA))
    given(*TEAM_SCENE, promote).when(by_olga(DemoteMember, OLGA)).then(TeamMemberDemoted(developer_id=OLGA))
    for command in (PromoteMember, DemoteMember):
        given(*TEAM_SCENE).when(by_olga(command, OTTO)).then_refused("not_a_member")


@pytest.mark.parametrize("sender", [OWNER, ADMIN], ids=["himself", "an admin of the portal"])
def test_the_last_admin_stays(sender: object) -> None:
    who = OWNER if sender is OWNER else ADMIN
    given(*TEAM_SCENE).when(leave(OLGA)).then_refused("last_admin")
    for command in (DemoteMember, RemoveMember):
        last = Sent(command(team_id=TEAM, developer_id=OLGA), who)
        given(*TEAM_SCENE).when(last).then_refused("last_admin")
        given(*TEAM_SCENE, by_olga(PromoteMember, MIA)).when(last).then_accepted()


def test_two_admins_don_t_both_leave() -> None:
    there = given(*TEAM_SCENE, by_olga(PromoteMember, MIA))
    assert [outcome.code for outcome in there.when(leave(OLGA), leave(MIA)).outcomes] == [None, "last_admin"]


def test_a_member_leaves_or_is_removed() -> None:
    given(*TEAM_SCENE).when(leave(MIA)).then(TeamMemberLeft(developer_id=MIA))
    given(*TEAM_SCENE).when(by_olga(RemoveMember, MIA)).then(TeamMemberRemoved(developer_id=MIA))


def test_an_admin_of_the_portal_gives_a_team_whose_only_admin_was_deactivated_another_one() -> None:
    there = given(*TEAM_SCENE, DeactivateDeveloper(developer_id=OLGA, reason="left"))
    promote = PromoteMember(team_id=TEAM, developer_id=MIA)
    there.when(Sent(promote, person(MIA))).then_refused("not_allowed")
    there.when(Sent(promote, ADMIN)).then(TeamMemberPromoted(developer_id=MIA))


def test_a_team_has_a_limit_of_members_and_invitations() -> None:
    invited = [TeamMemberInvited(developer_id=an_id(f"member {n}"), as_admin=False) for n in range(TEAM_MEMBERS_MAX - 1)]
    there = given(*SCENE, register(FRED), happened(Team.at(TEAM), TeamCreated(name="Kitchen", admin=OLGA), *invited))
    assert "200" in there.when(invite(FRED)).then_refused("too_many_members")
    first = invited[0].developer_id
    there.when(by_olga(WithdrawTeamInvitation, first)).then_accepted()
    there.when(invite(FRED)).then(TeamMemberInvited(developer_id=FRED, as_admin=False))


def test_one_developer_is_in_several_teams() -> None:
    other = an_id("third team")
    there = given(*TEAM_SCENE, Sent(CreateTeam(team_id=other, name="Cellar", admin=MIA), person(MIA)))
    there.when(
        Sent(JoinTeam(team_id=TEAM, developer_id=INGA), person(INGA)), Sent(LeaveTeam(team_id=TEAM, developer_id=MIA), person(MIA))
    ).then_accepted()
    there.when(Sent(RenameTeam(team_id=other, name="Attic"), person(MIA))).then(TeamRenamed(name="Attic"))


def test_joined_admins_manage_at_once() -> None:
    given(*TEAM_SCENE, *joined(OTTO, as_admin=True)).when(Sent(RemoveMember(team_id=TEAM, developer_id=OLGA), person(OTTO))).then(
        TeamMemberRemoved(developer_id=OLGA)
    )
