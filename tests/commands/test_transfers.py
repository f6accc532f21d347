"""An app goes over to another owner: offered, accepted, and its name is free there; its history and its credentials stay."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.accept_transfer import AcceptTransfer
from commands.create_app import CreateApp
from commands.deactivate_developer import DeactivateDeveloper
from commands.decline_transfer import DeclineTransfer
from commands.edit_app import EditApp
from commands.offer_transfer import OfferTransfer
from commands.principal import Principal, Role, person, service
from commands.reinstate_app import ReinstateApp
from commands.revoke_credential import RevokeCredential
from commands.suspend_app import SuspendApp
from commands.withdraw_transfer import WithdrawTransfer
from domain.app import App, AppTransferDeclined, AppTransferOffered, AppTransferred, AppTransferWithdrawn, SubscriptionReturned
from domain.app_name import AppName, AppNameFreed, AppNameTaken
from domain.derived_ids import app_name_id
from domain.owner import Owner
from tests.examples import (
    ACTIVE,
    APP,
    DELETED,
    GUARDED,
    KEY,
    MIA,
    OF_OLGA,
    OF_OTTO,
    OF_TEAM,
    OTHER_APP,
    OTTO,
    OWNER,
    STRANGER,
    TEAM_SCENE,
    WITH_KEY,
    an_id,
    create,
    of_team,
    policy,
    rotate,
)
from tests.given import ADMIN, OLGA, Sent, Step, given


def offer(to: Owner = OF_OTTO, by: Principal = OWNER, *, at_once: bool = False) -> Sent:
    return Sent(OfferTransfer(app_id=APP, to=to, at_once=at_once), by)


def accept(to: Owner = OF_OTTO, by: Principal = STRANGER) -> Sent:
    return Sent(AcceptTransfer(app_id=APP, to=to), by)


def decline(to: Owner = OF_OTTO, by: Principal = STRANGER) -> Sent:
    return Sent(DeclineTransfer(app_id=APP, to=to), by)


WITHDRAW = Sent(WithdrawTransfer(app_id=APP), OWNER)
OFFERED = (*WITH_KEY, offer())
TRANSFERRED = (*OFFERED, accept())
OTTO_LEFT = DeactivateDeveloper(developer_id=OTTO, reason="left")
OLGA_LEFT = DeactivateDeveloper(developer_id=OLGA, reason="left")


def name_of(owner: Owner, name: str = "Weather") -> UUID:
    return app_name_id(owner.kind, owner.id, name)


def test_an_app_is_offered_and_accepted() -> None:
    given(*WITH_KEY).when(offer()).then(AppTransferOffered(to=OF_OTTO))
    when = given(*OFFERED).when(accept())
    when.then(AppNameTaken(app_id=APP), AppNameFreed(app_id=APP), AppTransferred(owner=OF_OTTO))
    when.then_in(AppName, name_of(OF_OTTO), AppNameTaken(app_id=APP)).then_in(AppName, name_of(OF_OLGA), AppNameFreed(app_id=APP))


def test_the_new_owner_has_it_and_the_old_one_does_not() -> None:
    there = given(*TRANSFERRED)
    there.when(Sent(rotate(), OWNER)).then_refused("not_allowed")
    there.when(Sent(rotate(), STRANGER)).then_accepted()
    there.when(Sent(RevokeCredential(app_id=APP, credential_id=KEY, reason="old"), STRANGER)).then_accepted()


def test_the_same_again_changes_nothing() -> None:
    given(*OFFERED).when(offer()).then()
    given(*TRANSFERRED).when(accept()).then()
    given(*WITH_KEY).when(WITHDRAW).then()
    given(*WITH_KEY).when(decline()).then()
    given(*OFFERED, decline()).when(decline()).then()
    given(*OFFERED, WITHDRAW).when(WITHDRAW).then()


def test_an_offer_is_declined_or_withdrawn_and_then_it_is_over() -> None:
    given(*OFFERED).when(decline()).then(AppTransferDeclined())
    given(*OFFERED).when(WITHDRAW).then(AppTransferWithdrawn())
    for over in (decline(), WITHDRAW):
        given(*OFFERED, over).when(accept()).then_refused("not_offered")


def test_a_later_offer_takes_the_place_of_an_open_one() -> None:
    there = given(*TEAM_SCENE, *OFFERED, offer(Owner(id=MIA)))
    there.when(accept()).then_refused("not_offered")
    there.when(decline()).then()  # It is no longer his to decline.
    there.when(accept(Owner(id=MIA), person(MIA))).then_accepted()


def test_an_app_is_not_offered_to_its_owner_nor_to_nobody() -> None:
    given(*WITH_KEY).when(offer(OF_OLGA)).then_refused("already_owner")
    given(*WITH_KEY).when(offer(Owner(id=an_id("nobody")))).then_refused("owner_unknown")
    given(*WITH_KEY).when(offer(OF_TEAM)).then_refused("owner_unknown")
    given(*WITH_KEY, OTTO_LEFT).when(offer()).then_refused("deactivated")
    given(*OFFERED, OTTO_LEFT).when(accept(by=ADMIN)).then_refused("deactivated")


def test_a_name_that_the_new_owner_uses_is_refused() -> None:
    otto_s = Sent(create(app_id=OTHER_APP, owner=OTTO, name="WEATHER"), STRANGER)
    given(*OFFERED, otto_s).when(accept()).then_refused("name_taken")
    given(*OFFERED, otto_s).when(offer(at_once=True, by=ADMIN)).then_refused("name_taken")
    given(*OFFERED, otto_s, Sent(EditApp(app_id=APP, name="Rain"), OWNER)).when(accept()).then_accepted()


def test_the_name_is_free_again_at_the_old_owner() -> None:
    given(*TRANSFERRED).when(Sent(create(app_id=OTHER_APP), OWNER)).then_accepted()
    given(*OFFERED).when(Sent(create(app_id=OTHER_APP), OWNER)).then_refused("name_taken")


def test_an_offer_survives_a_new_name() -> None:
    when = given(*OFFERED, Sent(EditApp(app_id=APP, name="Rain"), OWNER)).when(accept())
    when.then_in(AppName, name_of(OF_OTTO, "Rain"), AppNameTaken(app_id=APP)).then_in(
        AppName, name_of(OF_OLGA, "Rain"), AppNameFreed(app_id=APP)
    )


def test_a_team_s_admin_accepts_for_the_team_and_a_member_does_not() -> None:
    there = given(*TEAM_SCENE, Sent(create(owner=OTTO), STRANGER), offer(OF_TEAM, STRANGER))
    there.when(accept(OF_TEAM, person(MIA))).then_refused("not_allowed")
    there.when(accept(OF_TEAM, STRANGER)).then_refused("not_allowed")
    there.when(accept(OF_TEAM, OWNER)).then_in(App, APP, AppTransferred(owner=OF_TEAM))


def test_a_team_s_app_goes_to_a_developer() -> None:
    there = given(*of_team(ACTIVE), offer())
    there.when(accept()).then_in(App, APP, AppTransferred(owner=OF_OTTO))
    there.when(Sent(EditApp(app_id=APP, description="mine"), OWNER)).then_refused("not_allowed")


def test_who_is_not_meant_does_not_answer() -> None:
    there = given(*TEAM_SCENE, *OFFERED)
    for answer in (accept, decline):
        there.when(answer(by=OWNER)).then_refused("not_allowed")
        there.when(answer(by=person(MIA))).then_refused("not_allowed")
        there.when(answer(Owner(id=MIA), person(MIA)))
    there.when(accept(Owner(id=MIA), person(MIA))).then_refused("not_offered")


def test_an_admin_of_the_portal_lets_it_go_over_at_once_and_nobody_else_does() -> None:
    given(*WITH_KEY).when(offer(at_once=True, by=ADMIN)).then_in(App, APP, AppTransferred(owner=OF_OTTO))
    given(*WITH_KEY).when(offer(at_once=True)).then_refused("not_allowed")
    robot = service("robot", frozenset({Role.PORTAL_ADMIN}), may_act=frozenset({str(OLGA)}))
    on_behalf = Sent(OfferTransfer(app_id=APP, to=OF_OTTO, at_once=True), robot, OLGA)
    given(*WITH_KEY).when(on_behalf).then_refused("not_allowed")
    at_once = offer(at_once=True, by=ADMIN)
    given(*WITH_KEY, at_once).when(at_once).then()


def test_an_app_leaves_a_deactivated_owner_s_hands_by_an_admin() -> None:
    suspended = Sent(SuspendApp(app_id=APP, reason="the owner was deactivated"), ADMIN)
    there = given(*WITH_KEY, OLGA_LEFT, suspended)
    there.when(Sent(ReinstateApp(app_id=APP), ADMIN)).then_refused("deactivated")
    there.when(offer(at_once=True, by=ADMIN)).then_in(App, APP, AppTransferred(owner=OF_OTTO))
    there.when(Sent(ReinstateApp(app_id=APP), ADMIN)).then_accepted()


def test_whoever_was_deactivated_offers_nothing() -> None:
    given(*WITH_KEY, OLGA_LEFT).when(offer()).then_refused("deactivated")


@pytest.mark.parametrize("step", [offer(), accept(by=ADMIN), decline(by=ADMIN), WITHDRAW, offer(at_once=True, by=ADMIN)])
def test_a_deleted_app_goes_nowhere(step: Sent) -> None:
    given(*DELETED).when(step).then_refused("app_deleted")


def test_an_open_offer_dies_with_the_transfer() -> None:
    there: tuple[Step, ...] = (*TEAM_SCENE, *OFFERED, Sent(OfferTransfer(app_id=APP, to=Owner(id=MIA), at_once=True), ADMIN))
    given(*there).when(accept()).then_refused("not_offered")


def test_names_of_a_developer_and_of_a_team_don_t_meet() -> None:
    mine = CreateApp(app_id=OTHER_APP, owner=OF_TEAM, name="Weather")
    given(*TEAM_SCENE, *ACTIVE).when(Sent(mine, OWNER)).then_accepted()


def test_the_policy_is_asked_anew_about_an_app_that_goes_to_another_owner() -> None:
    developers = {"name": "developers", "when": {"owner_kind": "developer"}, "then": "approve", "when_changed": "review"}
    there: tuple[Step, ...] = (*TEAM_SCENE, policy(developers), create(GUARDED), offer(OF_TEAM))
    when = given(*there).when(accept(OF_TEAM, OWNER))
    returned = [new.event for new in when.appended if isinstance(new.event, SubscriptionReturned)]
    assert [each.product_id for each in returned] == [GUARDED]
