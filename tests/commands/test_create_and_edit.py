"""Creating, editing and deleting apps; names, attributes and limits."""

from uuid import UUID

import pytest

from commands.create_app import CreateApp
from commands.deactivate_developer import DeactivateDeveloper
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from domain.app import (
    App,
    AppApproved,
    AppAttributesRemoved,
    AppAttributesSet,
    AppCreated,
    AppCredentialClosed,
    AppDeleted,
    AppEdited,
    SubscriptionApproved,
    SubscriptionRemoved,
    SubscriptionRequested,
)
from domain.app_name import AppName, AppNameFreed, AppNameTaken
from domain.approval import Approval, ApprovalWithdrawn
from domain.credential import Credential, CredentialRevoked
from domain.derived_ids import app_name_id
from domain.limits import APP_ATTRIBUTES_MAX
from domain.owner import Owner, OwnerKind
from tests.examples import (
    ACTIVE,
    APP,
    DELETED,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    OTHER_APP,
    OTTO,
    SCENE,
    STRANGER,
    an_id,
    approvals,
    create,
    decide,
    grant,
    issue,
    reject,
    rotate,
    withdraw,
)
from tests.given import ADMIN, OLGA, Request, by, given

CREATED = AppCreated(owner=Owner(id=OLGA), name="Weather", description="", callback_urls=(), attributes={})


def test_an_app_without_products_is_active_at_once() -> None:
    given(*SCENE).when(create()).then(AppNameTaken(app_id=APP), CREATED, AppApproved())


def test_an_app_with_a_product_that_needs_no_approval_is_active_at_once() -> None:
    requested = SubscriptionRequested(product_id=FREE, approval_id=None)
    given(*SCENE).when(create(FREE)).then(
        AppNameTaken(app_id=APP), CREATED, requested, SubscriptionApproved(product_id=FREE), AppApproved()
    )


def test_an_app_keeps_all_that_was_said_of_it() -> None:
    said = CreateApp(
        app_id=APP,
        owner=Owner(id=OLGA),
        name="  Weather  ",
        description="It rains",
        callback_urls=("https://a.example/back",),
        attributes={"tier": "gold"},
    )
    kept = CREATED.model_copy(
        update={"description": "It rains", "callback_urls": ("https://a.example/back",), "attributes": {"tier": "gold"}}
    )
    given(*SCENE).when(said).then_in(App, APP, kept, AppApproved())


def test_creating_the_same_app_again_changes_nothing() -> None:
    given(*SCENE, create(GUARDED)).when(create(GUARDED)).then()


@pytest.mark.parametrize("asked", [(), (FREE,), (GUARDED,), (GUARDED, FREE)], ids=["none", "approved", "pending", "both"])
def test_it_is_the_same_app_as_long_as_every_product_that_was_named_stands(asked: tuple[UUID, ...]) -> None:
    given(*SCENE, create(FREE, GUARDED)).when(create(*asked)).then()


@pytest.mark.parametrize(
    "lost", [RemoveProducts(app_id=APP, products=(GUARDED,)), decide(reject(GUARDED)), withdraw()], ids=["removed", "rejected", "withdrawn"]
)
def test_an_app_without_a_product_that_was_named_is_not_the_one_that_was_asked_for(lost: Request) -> None:
    there = given(*SCENE, create(FREE, GUARDED), lost)
    there.when(create(FREE, GUARDED)).then_refused("id_used")
    there.when(create(FREE)).then()


@pytest.mark.parametrize("other", [create(name="Rain"), create(owner=OTTO), create(FREE)], ids=["name", "owner", "products"])
def test_an_app_s_id_with_other_content_is_refused(other: CreateApp) -> None:
    given(*ACTIVE).when(by(ADMIN, other)).then_refused("id_used")


def test_a_deleted_app_s_id_is_never_used_again() -> None:
    given(*DELETED).when(create()).then_refused("id_used")


def test_an_owner_who_is_not_registered_is_unknown() -> None:
    nobody = an_id("nobody")
    given(*SCENE).when(by(ADMIN, create(owner=nobody))).then_refused("owner_unknown")


def test_a_team_as_owner_is_unknown_until_there_are_teams() -> None:
    team = CreateApp(app_id=APP, owner=Owner(kind=OwnerKind.TEAM, id=OLGA), name="Weather")
    given(*SCENE).when(team).then_refused("owner_unknown")
    given(*SCENE).when(by(ADMIN, team)).then_refused("owner_unknown")


def test_an_admin_creates_for_anyone_but_not_for_whom_was_deactivated() -> None:
    given(*SCENE).when(by(ADMIN, create())).then_accepted()
    given(*SCENE, DeactivateDeveloper(developer_id=OLGA, reason="left")).when(by(ADMIN, create())).then_refused("deactivated")


def test_a_product_that_is_not_there_is_refused() -> None:
    given(*SCENE).when(create(FREE, an_id("no product"))).then_refused("product_unknown")


@pytest.mark.parametrize("name", ["Weather", "wEATHER", "Ｗeather", " Weather "])  # noqa: RUF001
def test_a_name_is_unique_among_its_owner_s_living_apps_however_it_is_spelt(name: str) -> None:
    given(*ACTIVE).when(create(app_id=OTHER_APP, name=name)).then_refused("name_taken")


def test_another_owner_may_use_the_name() -> None:
    given(*ACTIVE).when(by(STRANGER, create(app_id=OTHER_APP, owner=OTTO))).then_accepted()


def test_deleting_an_app_frees_its_name() -> None:
    given(*DELETED).when(create(app_id=OTHER_APP)).then_accepted()


def test_renaming_takes_the_new_name_and_frees_the_old_one() -> None:
    done = given(*ACTIVE).when(EditApp(app_id=APP, name="Rain"))
    done.then(AppEdited(name="Rain", description="", callback_urls=()), AppNameTaken(app_id=APP), AppNameFreed(app_id=APP))
    done.then_in(AppName, app_name_id("developer", OLGA, "weather"), AppNameFreed(app_id=APP))
    given(*ACTIVE, EditApp(app_id=APP, name="Rain")).when(create(app_id=OTHER_APP)).then_accepted()


def test_renaming_to_another_spelling_keeps_the_name() -> None:
    given(*ACTIVE).when(EditApp(app_id=APP, name="WEATHER")).then(AppEdited(name="WEATHER", description="", callback_urls=()))


def test_renaming_to_a_name_that_is_taken_is_refused_and_leaves_nothing() -> None:
    given(*ACTIVE, create(app_id=OTHER_APP, name="Rain")).when(EditApp(app_id=APP, name="rain")).then_refused("name_taken")


def test_an_edit_changes_what_it_names_and_nothing_else() -> None:
    there = (*ACTIVE, EditApp(app_id=APP, description="old", callback_urls=("https://a.example/",)))
    given(*there).when(EditApp(app_id=APP, description="")).then(
        AppEdited(name="Weather", description="", callback_urls=("https://a.example/",))
    )
    given(*there).when(EditApp(app_id=APP, callback_urls=())).then(AppEdited(name="Weather", description="old", callback_urls=()))
    given(*there).when(EditApp(app_id=APP)).then()
    given(*there).when(EditApp(app_id=APP, description="old")).then()


def test_attributes_are_set_one_by_one_and_those_not_named_stay() -> None:
    there = (*ACTIVE, SetAttributes(app_id=APP, attributes={"a": "1", "b": "2"}))
    given(*there).when(SetAttributes(app_id=APP, attributes={"a": "1", "b": "3"})).then(AppAttributesSet(attributes={"b": "3"}))
    given(*there).when(SetAttributes(app_id=APP, attributes={"a": "1"})).then()
    given(*there).when(RemoveAttributes(app_id=APP, names=("b", "c"))).then(AppAttributesRemoved(names=("b",)))
    given(*there).when(RemoveAttributes(app_id=APP, names=("c",))).then()


def numbered(first: int, last: int) -> dict[str, str]:
    return {f"attribute {n}": "x" for n in range(first, last + 1)}


def test_an_app_has_at_most_18_attributes() -> None:
    last = APP_ATTRIBUTES_MAX
    almost_full = (*ACTIVE, SetAttributes(app_id=APP, attributes=numbered(1, last - 1)))
    full = (*almost_full, SetAttributes(app_id=APP, attributes=numbered(last, last)))
    given(*almost_full).when(SetAttributes(app_id=APP, attributes=numbered(last, last))).then_accepted()
    given(*almost_full).when(SetAttributes(app_id=APP, attributes=numbered(last, last + 1))).then_refused("too_many_attributes")
    given(*full).when(SetAttributes(app_id=APP, attributes=numbered(last + 1, last + 1))).then_refused("too_many_attributes")
    given(*full).when(SetAttributes(app_id=APP, attributes={"attribute 1": "y"})).then_accepted()
    given(*full, RemoveAttributes(app_id=APP, names=("attribute 1",))).when(
        SetAttributes(app_id=APP, attributes=numbered(last + 1, last + 1))
    ).then_accepted()


def test_deleting_withdraws_the_open_approval_revokes_every_credential_and_frees_the_name_at_once() -> None:
    there = given(*SCENE, create(FREE, GUARDED), issue(), rotate())
    done = there.when(DeleteApp(app_id=APP, reason="over"))
    done.then_in(
        App,
        APP,
        SubscriptionRemoved(product_id=GUARDED),
        AppCredentialClosed(credential_id=KEY),
        AppCredentialClosed(credential_id=NEW_KEY),
        AppDeleted(reason="over"),
    )
    done.then_in(Approval, approvals(there)[0], ApprovalWithdrawn())
    done.then_in(Credential, KEY, CredentialRevoked(reason="app_deleted"))
    done.then_in(Credential, NEW_KEY, CredentialRevoked(reason="app_deleted"))
    done.then_in(AppName, app_name_id("developer", OLGA, "Weather"), AppNameFreed(app_id=APP))
    assert len(done.appended) == 8


def test_deleting_a_pending_app_revokes_its_pending_credentials() -> None:
    given(*SCENE, create(GUARDED), issue()).when(DeleteApp(app_id=APP)).then_in(Credential, KEY, CredentialRevoked(reason="app_deleted"))


def test_deleting_touches_no_credential_that_has_ended() -> None:
    ended = RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")
    given(*ACTIVE, issue(), ended).when(DeleteApp(app_id=APP)).then_in(Credential, KEY)


def test_a_deleted_app_keeps_the_decided_approval_as_it_was() -> None:
    there = given(*SCENE, create(GUARDED), decide(grant(GUARDED)))
    there.when(DeleteApp(app_id=APP)).then_in(Approval, approvals(there)[0])
