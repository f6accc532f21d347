"""What the dashboard says of an app, told as examples."""

from typing import get_args

import pytest

from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.resubmit_app import ResubmitApp
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from domain.app import AppCreated, AppEdited, AppEvent, AppReinstated, AppSuspended
from projections.dashboard_app import app, fold
from projections.projection import OutOfPlace
from readmodels.dashboard_app import AppRow
from tests.examples import ACTIVE, APP, GUARDED, OTHER_APP, PENDING, REJECTED, SUSPENDED, ask, create, issue
from tests.given import OLGA, given
from tests.projections.folded import only_row, recorded, row_of, time_of


def test_a_new_app_shows_its_owner_its_details_and_when_it_was_created() -> None:
    there = given(PENDING)
    at = time_of(there, AppCreated)
    assert only_row(app, there) == AppRow(
        app_id=str(APP),
        owner_kind="developer",
        owner_id=OLGA,
        name="Weather",
        description="",
        callback_urls=(),
        attributes={},
        status="pending",
        status_reason=None,
        created_at=at,
        changed_at=at,
        version=2,
    )


def test_an_app_without_products_is_active_at_once() -> None:
    assert only_row(app, given(ACTIVE)).status == "active"


def test_an_edit_shows_new_details_and_keeps_the_rest() -> None:
    there = given(PENDING, EditApp(app_id=APP, name="Climate", description="dry", callback_urls=("https://climate.example/cb",)))
    row = only_row(app, there)
    assert (row.name, row.description, tuple(row.callback_urls)) == ("Climate", "dry", ("https://climate.example/cb",))
    assert (row.status, row.created_at, row.changed_at) == ("pending", time_of(there, AppCreated), time_of(there, AppEdited))


def test_attributes_are_set_one_by_one_and_removed_one_by_one() -> None:
    there = given(
        ACTIVE,
        SetAttributes(app_id=APP, attributes={"tier": "silver", "team": "a"}),
        SetAttributes(app_id=APP, attributes={"tier": "gold"}),
        RemoveAttributes(app_id=APP, names=("team",)),
    )
    assert only_row(app, there).attributes == {"tier": "gold"}


def test_a_suspended_app_says_why_until_it_is_reinstated() -> None:
    there = given(SUSPENDED)
    row = only_row(app, there)
    assert (row.status, row.status_reason, row.changed_at) == ("suspended", "abuse", time_of(there, AppSuspended))
    there = given(SUSPENDED, ReinstateApp(app_id=APP))
    row = only_row(app, there)
    assert (row.status, row.status_reason, row.changed_at) == ("active", None, time_of(there, AppReinstated))


def test_a_rejected_app_is_pending_again_when_it_is_resubmitted() -> None:
    assert only_row(app, given(REJECTED)).status == "rejected"
    assert only_row(app, given(REJECTED, ResubmitApp(app_id=APP))).status == "pending"


def test_a_deleted_app_stays_with_the_reason() -> None:
    row = only_row(app, given(SUSPENDED, DeleteApp(app_id=APP, reason="replaced by another")))
    assert (row.status, row.status_reason, row.name) == ("deleted", "replaced by another", "Weather")


def test_every_event_makes_another_version_of_an_app() -> None:
    there = given(ACTIVE, issue(), ask(GUARDED), SuspendApp(app_id=APP, reason="spam"))
    events = [each for each in recorded(there.log.appended) if isinstance(each.event, get_args(AppEvent))]
    assert only_row(app, there).version == events[-1].version == len(events)


def test_credentials_and_products_do_not_count_as_a_change_of_the_app() -> None:
    before, after = only_row(app, given(ACTIVE)), only_row(app, given(ACTIVE, issue(), ask(GUARDED)))
    assert after._replace(version=before.version) == before


def test_two_apps_are_two_rows() -> None:
    there = given(ACTIVE, create(app_id=OTHER_APP, name="Other"), SuspendApp(app_id=OTHER_APP, reason="spam"))
    assert row_of(app, there, APP).status == "active"
    assert row_of(app, there, OTHER_APP).status == "suspended"


def test_an_event_of_an_app_that_was_never_created_is_out_of_place_and_not_passed_over() -> None:
    events = recorded(given(SUSPENDED).log.appended)
    suspended = next(each for each in events if isinstance(each.event, AppSuspended))
    with pytest.raises(OutOfPlace, match="AppSuspended does not fit no row"):
        fold(None, suspended)


def test_a_second_creation_is_out_of_place() -> None:
    events = recorded(given(PENDING).log.appended)
    created = next(each for each in events if isinstance(each.event, AppCreated))
    with pytest.raises(OutOfPlace):
        fold(fold(None, created), created)
