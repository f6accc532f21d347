"""Questions about apps: what developers see, as of now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres import connections
from adapters.postgres.questions import Questions, answer
from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.delete_app import DeleteApp
from commands.principal import person
from commands.remove_products import RemoveProducts
from commands.suspend_app import SuspendApp
from domain.credential import CredentialKind
from readmodels.apps import AfterApp, ShownApp, apps_by_status, one_app, page_of_apps
from tests.examples import (
    ACTIVE,
    ALSO_GUARDED,
    APP,
    FRED,
    FREE,
    GUARDED,
    INGA,
    KEY,
    MIA,
    NEW_KEY,
    OF_TEAM,
    OTHER_APP,
    OTTO,
    PENDING,
    SCENE,
    TEAM,
    TEAM_SCENE,
    an_id,
    approvals,
    ask,
    create,
    issue,
    rotate,
)
from tests.given import ADMIN, OLGA, by, given
from tests.memory_log import NOW
from tests.readmodels.shown import show


@pytest.fixture
def pool(database: str) -> Iterator[ConnectionPool[psycopg.Connection[Any]]]:
    """Connections as the application has them."""
    with connections.pool(database) as pool:
        yield pool


@pytest.fixture
def questions(pool: ConnectionPool[psycopg.Connection[Any]]) -> Questions:
    """Asks the database."""
    return Questions(pool)


def test_an_app_is_shown_with_its_owner_its_products_and_its_credentials(database: str, questions: Questions) -> None:
    there = given(ACTIVE, ask(FREE, GUARDED), issue(), rotate())
    show(database, there)
    app = questions.one(one_app(APP))
    assert app is not None
    assert (app.name, app.status, app.owner_id, app.owner_name) == ("Weather", "active", OLGA, "Olga Example")
    assert app.open_approval_id == approvals(there)[0]
    assert {(product.product_id, product.name, product.status) for product in app.products} == {
        (FREE, "Payments", "approved"),
        (GUARDED, "Payments", "pending"),
    }
    assert {credential.credential_id: credential.key_id for credential in app.credentials} == {KEY: KEY.hex, NEW_KEY: NEW_KEY.hex}
    assert "digest" not in app.model_dump_json()


def test_an_app_that_is_not_there_is_none(questions: Questions) -> None:
    assert questions.one(one_app(uuid4())) is None


def test_a_rename_of_an_owner_or_a_product_shows_at_once(database: str, questions: Questions) -> None:
    show(database, given(PENDING, ChangeDeveloper(developer_id=OLGA, name="Olga New"), ChangeProduct(product_id=GUARDED, name="Pay")))
    app = questions.one(one_app(APP))
    assert app is not None
    assert (app.owner_name, app.products[0].name) == ("Olga New", "Pay")


def test_a_removed_product_is_not_shown_and_opens_no_review(database: str, questions: Questions) -> None:
    show(database, given(ACTIVE, ask(FREE, ALSO_GUARDED), RemoveProducts(app_id=APP, products=(FREE, ALSO_GUARDED))))
    app = questions.one(one_app(APP))
    assert app is not None
    assert (app.products, app.open_approval_id) == ((), None)


HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ends", "state", "reason"),
    [
        ((None, None), "active", None),
        ((HOUR, None), "active", None),
        ((-SECOND, None), "expired", None),
        ((None, HOUR), "retiring", None),
        ((None, -SECOND), "revoked", "overlap_ended"),
        ((HOUR, -SECOND), "revoked", "overlap_ended"),
        ((-SECOND, -SECOND), "expired", None),
        ((-SECOND, -HOUR), "revoked", "overlap_ended"),
    ],
)
def test_time_ends_a_credential_before_any_event_says_so(
    database: str, ends: tuple[timedelta | None, timedelta | None], state: str, reason: str | None
) -> None:
    show(database, given(ACTIVE, issue()))
    now = datetime.now(UTC)
    expires_at, retires_at = (None if each is None else now + each for each in ends)
    with connections.connect(database) as connection:
        connection.execute(
            "UPDATE dashboard.credential SET expires_at = %s, retires_at = %s, state = %s",
            [expires_at, retires_at, "active" if retires_at is None else "retiring"],
        )
        (app,) = answer(connection, one_app(APP))
    (credential,) = app.credentials
    assert (credential.state, credential.ended_reason) == (state, reason)
    assert credential.ended_at == {"expired": expires_at, "revoked": retires_at}.get(state)


def test_an_oauth_client_shows_its_client_id(database: str, questions: Questions) -> None:
    show(database, given(ACTIVE, issue(kind=CredentialKind.OAUTH_CLIENT)))
    app = questions.one(one_app(APP))
    assert app is not None
    assert app.credentials[0].client_id


MANY = tuple(
    by(ADMIN, create(app_id=an_id(f"app {number}"), owner=OTTO if number % 3 else OLGA, name=f"App {number}")) for number in range(25)
)
"""Nine apps of Olga's and sixteen of Otto's."""


@pytest.mark.parametrize("limit", [1, 7, 25, 100])
def test_pages_give_every_app_once_the_newest_first(database: str, questions: Questions, limit: int) -> None:
    show(database, given(SCENE, MANY))
    with psycopg.connect(database) as owner:  # Many apps of one batch have the same time.
        owner.execute("UPDATE dashboard.app SET created_at = date_trunc('minute', created_at)")
    seen: list[ShownApp] = []
    page = questions.all(page_of_apps(limit=limit))
    while page:
        seen += page
        page = questions.all(page_of_apps(after=AfterApp(page[-1].created_at, page[-1].app_id), limit=limit))
    assert len(seen) == 25
    assert {app.app_id for app in seen} == {sent.command.target for sent in MANY}
    assert [(app.created_at, app.app_id) for app in seen] == sorted(((app.created_at, app.app_id) for app in seen), reverse=True)


def test_a_page_holds_the_apps_of_one_owner_or_of_one_status(database: str, questions: Questions) -> None:
    show(database, given(SCENE, MANY, SuspendApp(app_id=an_id("app 3"), reason="abuse"), DeleteApp(app_id=an_id("app 6"))))
    of_olga = questions.all(page_of_apps(owner_id=OLGA))
    assert {app.owner_id for app in of_olga} == {OLGA}
    assert len(of_olga) == 8  # Nine, less the deleted one.
    assert [app.app_id for app in questions.all(page_of_apps(status="suspended"))] == [an_id("app 3")]
    assert [app.app_id for app in questions.all(page_of_apps(owner_id=OLGA, status="deleted"))] == [an_id("app 6")]
    assert questions.all(page_of_apps(owner_id=OTTO, status="deleted")) == ()


def test_apps_are_counted_by_status(database: str, questions: Questions) -> None:
    show(database, given(SCENE, MANY, SuspendApp(app_id=an_id("app 3"), reason="abuse"), create(GUARDED, app_id=OTHER_APP)))
    assert {each.status: each.apps for each in questions.all(apps_by_status())} == {"active": 24, "pending": 1, "suspended": 1}
    assert {each.status: each.apps for each in questions.all(apps_by_status(owner_id=OTTO))} == {"active": 16}


def test_a_page_walks_the_index_and_never_sorts_all_apps(database: str) -> None:
    show(database, given(ACTIVE))
    question = page_of_apps(after=AfterApp(NOW, APP), limit=10)
    with connections.connect(database) as connection:
        plan = "\n".join(line for (line,) in connection.execute(b"EXPLAIN " + question.text.encode(), question.parameters))
    assert "app_created_at_app_id_idx" in plan
    assert "Sort Key: app.created_at" not in plan


def test_a_developer_sees_his_own_apps_and_those_of_teams_that_he_has_joined(database: str, questions: Questions) -> None:
    of_the_team = create(app_id=OTHER_APP, name="Second").model_copy(update={"owner": OF_TEAM})
    show(database, given(*TEAM_SCENE, create(), by(person(OLGA), of_the_team)))
    seen = {who: {each.app_id for each in questions.all(page_of_apps(seen_by=who))} for who in (OLGA, MIA, INGA, FRED, OTTO)}
    assert seen == {OLGA: {APP, OTHER_APP}, MIA: {OTHER_APP}, INGA: set(), FRED: set(), OTTO: set()}
    assert {who for who in seen if questions.one(one_app(OTHER_APP, seen_by=who))} == {OLGA, MIA}
    assert {who for who in seen if questions.all(page_of_apps(owner_id=TEAM, seen_by=who))} == {OLGA, MIA}


def test_one_s_own_apps_are_found_by_their_owners(database: str) -> None:
    show(database, given(*TEAM_SCENE, create()))
    question = page_of_apps(seen_by=MIA, limit=10)
    with psycopg.connect(database) as owner:  # With a handful of rows nothing is faster than reading them all.
        owner.execute(
            "INSERT INTO dashboard.app (app_id, owner_kind, owner_id, name, description, callback_urls, attributes, status, created_at,"
            " changed_at, version) SELECT gen_random_uuid(), 'developer', gen_random_uuid(), 'App', '', '[]', '{}', 'active', now(), now(), 1"
            " FROM generate_series(1, 5000)"
        )
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("ANALYZE dashboard.app, dashboard.team_member")
    with connections.connect(database) as connection:
        plan = "\n".join(line for (line,) in connection.execute(b"EXPLAIN " + question.text.encode(), question.parameters))
    assert "app_owner_kind_owner_id_created_at_app_id_idx" in plan, plan
