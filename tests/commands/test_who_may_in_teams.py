"""Who may do what with a team, its apps and their credentials: the design's columns of team members and team admins, row by row."""

from __future__ import annotations

import pytest

from commands.accept_transfer import AcceptTransfer
from commands.catalogue import CATALOGUE
from commands.change_developer import ChangeDeveloper
from commands.create_team import CreateTeam
from commands.deactivate_developer import DeactivateDeveloper
from commands.decline_transfer import DeclineTransfer
from commands.demote_member import DemoteMember
from commands.edit_app import EditApp
from commands.invite_member import InviteMember
from commands.join_team import JoinTeam
from commands.leave_team import LeaveTeam
from commands.offer_credential import OfferCredential
from commands.offer_transfer import OfferTransfer
from commands.principal import EVERYONE, SYSTEM, Principal, Role, person, service
from commands.promote_member import PromoteMember
from commands.remove_member import RemoveMember
from commands.rename_team import RenameTeam
from commands.rotate_credential import RotateCredential
from commands.suspend_app import SuspendApp
from commands.take_offered_credential import TakeOfferedCredential
from commands.withdraw_credential_offer import WithdrawCredentialOffer
from commands.withdraw_team_invitation import WithdrawTeamInvitation
from domain.credential import CredentialKind
from tests.commands.test_who_may import ALLOWED as OF_ONE_S_OWN
from tests.commands.test_who_may import OF_TEAMS_ALONE, SCENES
from tests.examples import (
    ACTIVE,
    APP,
    FRED,
    GUARDED,
    INGA,
    KEY,
    MIA,
    NEW_KEY,
    OF_TEAM,
    OFFER,
    ONE_DAY,
    OTHER_TEAM,
    OTTO,
    PENDING,
    TEAM,
    TEAM_SCENE,
    TOMORROW,
    ULF,
    WITH_KEY,
    an_id,
    create,
    decide,
    digest,
    grant,
    joined,
    of_team,
    register,
    rotate,
)
from tests.given import ADMIN, OLGA, Request, Sent, Step, given

ADA = an_id("ada")
"""An admin of the team beside Olga, who created it."""
TEAMS: tuple[Step, ...] = (*TEAM_SCENE, register(ADA), *joined(ADA, as_admin=True))
OFFERED = (*ACTIVE, OfferCredential(app_id=APP, offer_id=OFFER, member=MIA, kind=CredentialKind.API_KEY, until=TOMORROW))
TO_TEAM = (*TEAMS, *ACTIVE, OfferTransfer(app_id=APP, to=OF_TEAM))

PEOPLE: dict[str, tuple[Principal, object]] = {
    "a team admin": (person(ADA), None),
    "a service on behalf of a team admin": (service("portal", may_act=EVERYONE), ADA),
    "a member": (person(MIA), None),
    "a service on behalf of a member": (service("portal", may_act=EVERYONE), MIA),
    "one who is invited": (person(INGA), None),
    "one who has left": (person(FRED), None),
    "the admin of another team": (person(ULF), None),
    "another developer": (person(OTTO), None),
    "an admin": (ADMIN, None),
    "an admin's service on behalf of a member": (service("mixed", frozenset({Role.PORTAL_ADMIN, Role.SYSTEM}), may_act=EVERYONE), MIA),
    "an auditor": (person(an_id("auditor"), frozenset({Role.AUDITOR})), None),
    "an analyst": (person(an_id("analyst"), frozenset({Role.ANALYST})), None),
    "a gateway": (service("gateway", frozenset({Role.GATEWAY})), None),
    "the system": (SYSTEM, None),
}
TEAM_ADMINS = {"a team admin", "a service on behalf of a team admin"}
MEMBERS = {"a member", "a service on behalf of a member", "an admin's service on behalf of a member"}
MANAGERS = TEAM_ADMINS | {"an admin"}

BY_THE_TEAM_AS_WELL = {"credential.demand_rotation.v1"}
"""What an owner can't ask of himself, and a team's admin of its members."""
APPS = {name: SCENES[name] for name in SCENES if name.startswith(("app.", "credential.", "approval."))} | {
    "app.accept_transfer.v1": (TO_TEAM, AcceptTransfer(app_id=APP, to=OF_TEAM)),
    "app.decline_transfer.v1": (TO_TEAM, DeclineTransfer(app_id=APP, to=OF_TEAM)),
    "credential.offer.v1": (
        WITH_KEY,
        OfferCredential(app_id=APP, offer_id=OFFER, member=MIA, rotates=KEY, until=TOMORROW),
    ),
    "credential.withdraw_offer.v1": (OFFERED, WithdrawCredentialOffer(app_id=APP, offer_id=OFFER)),
    "credential.take_offer.v1": (
        OFFERED,
        TakeOfferedCredential(app_id=APP, offer_id=OFFER, credential_id=NEW_KEY, secret_digest=digest(NEW_KEY)),
    ),
}
OF_TEAMS: dict[str, Request] = {
    "team.create.v1": CreateTeam(team_id=an_id("new team"), name="Cellar", admin=ADA),
    "team.rename.v1": RenameTeam(team_id=TEAM, name="Cellar"),
    "team.invite.v1": InviteMember(team_id=TEAM, developer_id=OTTO),
    "team.withdraw_invitation.v1": WithdrawTeamInvitation(team_id=TEAM, developer_id=INGA),
    "team.join.v1": JoinTeam(team_id=TEAM, developer_id=INGA),
    "team.leave.v1": LeaveTeam(team_id=TEAM, developer_id=MIA),
    "team.promote.v1": PromoteMember(team_id=TEAM, developer_id=MIA),
    "team.demote.v1": DemoteMember(team_id=TEAM, developer_id=ADA),
    "team.remove.v1": RemoveMember(team_id=TEAM, developer_id=MIA),
}
ALLOWED: dict[str, set[str]] = {
    name: (MANAGERS if "the owner" in allowed or name in BY_THE_TEAM_AS_WELL else set()) | (allowed & {"an admin", "the system"})
    for name, allowed in OF_ONE_S_OWN.items()
    if name in APPS
} | {
    "app.accept_transfer.v1": MANAGERS,
    "app.decline_transfer.v1": MANAGERS,
    "credential.offer.v1": MANAGERS,
    "credential.withdraw_offer.v1": MANAGERS,
    "credential.take_offer.v1": MEMBERS,
    "team.create.v1": MANAGERS,  # each for himself, and the portal's admin for anybody
    "team.rename.v1": MANAGERS,
    "team.invite.v1": MANAGERS,
    "team.withdraw_invitation.v1": MANAGERS | {"one who is invited"},
    "team.join.v1": {"one who is invited"},
    "team.leave.v1": MEMBERS,
    "team.promote.v1": MANAGERS,
    "team.demote.v1": MANAGERS,
    "team.remove.v1": MANAGERS,
}
SYSTEM_IS_NOT_DUE = {"app.suspend.v1"}
"""The system suspends for a deactivated owner; a team is never deactivated."""
CASES = [(name, who) for name in ALLOWED for who in PEOPLE]


def scene_of(name: str) -> tuple[tuple[Step, ...], Request]:
    if name in OF_TEAMS:
        return TEAMS, OF_TEAMS[name]
    scene, request = APPS[name]
    if name in {"app.accept_transfer.v1", "app.decline_transfer.v1"}:
        return scene, request
    if name == "app.create.v1":
        return of_team(scene, TEAMS), create(app_id=an_id("team's app"), name="Third").model_copy(update={"owner": OF_TEAM})
    return of_team(scene, TEAMS), request


def test_the_tables_cover_the_catalogue() -> None:
    assert ALLOWED.keys() >= OF_TEAMS_ALONE
    assert ALLOWED.keys() == APPS.keys() | OF_TEAMS.keys()
    of_no_app = ("developer.", "product.", "policy.", "bulk.", "notice.", "preferences.", "webhook.")
    assert CATALOGUE.keys() - ALLOWED.keys() == {name for name in CATALOGUE if name.startswith(of_no_app)}


@pytest.mark.parametrize(("name", "who"), CASES, ids=[f"{name} by {who}" for name, who in CASES])
def test_each_command_on_what_is_a_team_s_is_for_whom_the_table_says_and_for_nobody_else(name: str, who: str) -> None:
    scene, request = scene_of(name)
    principal, on_behalf_of = PEOPLE[who]
    there = given(*scene)
    made = request(there) if callable(request) else request
    command = made.command if isinstance(made, Sent) else made
    assert on_behalf_of is None or isinstance(on_behalf_of, type(OLGA))
    done = there.when(Sent(command, principal, on_behalf_of))
    if who not in ALLOWED[name]:
        done.then_refused("not_allowed")
    elif who == "the system" and name in SYSTEM_IS_NOT_DUE:
        done.then_refused("not_due")
    else:
        done.then_accepted()


@pytest.mark.parametrize("name", sorted(name for name in ALLOWED if "a team admin" in ALLOWED[name]))
def test_a_team_admin_who_was_deactivated_may_nothing_any_more(name: str) -> None:
    scene, request = scene_of(name)
    there = given(*scene, DeactivateDeveloper(developer_id=ADA, reason="left"))
    made = request(there) if callable(request) else request
    command = made.command if isinstance(made, Sent) else made
    for principal, on_behalf_of in ((person(ADA), None), (service("portal", may_act=EVERYONE), ADA)):
        there.when(Sent(command, principal, on_behalf_of)).then_refused("deactivated")


@pytest.mark.parametrize("name", sorted(name for name in APPS if "a team admin" in ALLOWED[name] and "transfer" not in name))
def test_who_was_removed_or_demoted_manages_nothing_any_more(name: str) -> None:
    scene, request = scene_of(name)
    for ends in (RemoveMember(team_id=TEAM, developer_id=ADA), DemoteMember(team_id=TEAM, developer_id=ADA)):
        there = given(*scene, Sent(ends, person(OLGA)))
        made = request(there) if callable(request) else request
        there.when(Sent(made.command if isinstance(made, Sent) else made, person(ADA))).then_refused("not_allowed")


def test_what_a_team_s_admin_does_after_he_was_removed_in_the_same_batch_is_refused() -> None:
    there = given(*of_team(WITH_KEY, TEAMS))
    remove = Sent(RemoveMember(team_id=TEAM, developer_id=ADA), person(OLGA))
    outcomes = there.when(remove, Sent(rotate(), person(ADA))).outcomes
    assert [outcome.code for outcome in outcomes] == [None, "not_allowed"]


def test_team_roles_are_of_one_team_and_of_nobody_s_own_app() -> None:
    edit = EditApp(app_id=APP, description="new")
    given(*TEAMS, *ACTIVE).when(Sent(edit, person(ADA))).then_refused("not_allowed")  # The app is Olga's own.
    given(*of_team(ACTIVE)).when(Sent(RenameTeam(team_id=OTHER_TEAM, name="Mine"), person(OLGA))).then_refused("not_allowed")


def test_a_member_of_the_team_decides_nothing_for_its_apps_even_as_an_admin_of_the_portal() -> None:
    for who in (MIA, ADA):
        decision = decide(grant(GUARDED), by=person(who, frozenset({Role.PORTAL_ADMIN})))
        given(*of_team(PENDING, TEAMS)).when(decision).then_refused("own_request")
    given(*of_team(PENDING, TEAMS)).when(decide(grant(GUARDED))).then_accepted()


def test_a_team_that_nobody_created_owns_nothing() -> None:
    nowhere = create().model_copy(update={"owner": OF_TEAM})
    given(register(OLGA)).when(Sent(nowhere, person(OLGA))).then_refused("owner_unknown")
    given(register(OLGA)).when(Sent(nowhere, ADMIN)).then_refused("owner_unknown")
    given(register(OLGA)).when(Sent(RenameTeam(team_id=TEAM, name="Mine"), ADMIN)).then_refused("team_unknown")


def test_who_is_not_registered_has_no_team() -> None:
    newcomer = an_id("newcomer")
    mine = CreateTeam(team_id=TEAM, name="Mine", admin=newcomer)
    given(register(OLGA)).when(Sent(mine, person(newcomer))).then_refused("developer_unknown")
    given(register(OLGA)).when(Sent(mine, ADMIN)).then_refused("developer_unknown")
    given(register(OLGA)).when(Sent(mine, person(OLGA))).then_refused("not_allowed")


def test_a_developer_is_himself_only_to_himself() -> None:
    given(*TEAMS).when(Sent(ChangeDeveloper(developer_id=MIA, name="Other"), person(ADA))).then_refused("not_allowed")


def test_the_system_does_not_suspend_a_team_s_app() -> None:
    there = given(*of_team(ACTIVE, TEAMS), DeactivateDeveloper(developer_id=OLGA, reason="left"))
    there.when(Sent(SuspendApp(app_id=APP, reason="the owner was deactivated"), SYSTEM)).then_refused("not_due")


def test_a_rotation_by_a_member_needs_an_offer() -> None:
    rotation = RotateCredential(app_id=APP, credential_id=KEY, successor_id=NEW_KEY, secret_digest=digest(NEW_KEY), overlap=ONE_DAY)
    given(*of_team(WITH_KEY)).when(Sent(rotation, person(MIA))).then_refused("not_allowed")
