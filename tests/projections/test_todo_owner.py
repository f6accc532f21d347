"""What a developer's deactivation brings to his apps, told as examples: what is active is to be suspended, whichever is known first."""

from __future__ import annotations

import pytest

from commands.accept_transfer import AcceptTransfer
from commands.deactivate_developer import DeactivateDeveloper
from commands.delete_app import DeleteApp
from commands.offer_transfer import OfferTransfer
from commands.principal import person
from commands.reinstate_app import ReinstateApp
from domain.app import AppApproved
from domain.developer import Developer
from domain.recorded import Recorded, event_id
from projections.projection import OutOfPlace
from projections.todo_owner import deactivated, fold, fold_deactivated, owned_app
from readmodels.todo import DeactivatedRow, OwnedAppRow
from tests.examples import ACTIVE, APP, OF_OTTO, OTTO, OWNER, PENDING, SUSPENDED, TEAM, of_team
from tests.given import OLGA, Sent, given
from tests.memory_log import NOW
from tests.projections.folded import only_row, row_of, time_of

OFFERED = Sent(OfferTransfer(app_id=APP, to=OF_OTTO), OWNER)
LEFT = DeactivateDeveloper(developer_id=OLGA, reason="left")


def test_only_active_apps_are_to_be_suspended() -> None:
    assert only_row(owned_app, given(ACTIVE)) == OwnedAppRow(str(APP), "developer", OLGA, active=True)
    assert not only_row(owned_app, given(PENDING)).active
    assert not only_row(owned_app, given(SUSPENDED)).active
    assert only_row(owned_app, given(SUSPENDED, ReinstateApp(app_id=APP))).active
    assert only_row(owned_app, given(ACTIVE, DeleteApp(app_id=APP))) is None


def test_an_app_s_row_follows_its_owner() -> None:
    there = given(ACTIVE, OFFERED, Sent(AcceptTransfer(app_id=APP, to=OF_OTTO), person(OTTO)))
    assert only_row(owned_app, there) == OwnedAppRow(str(APP), "developer", OTTO, active=True)
    assert only_row(owned_app, given(of_team(ACTIVE)))[1:3] == ("team", TEAM)


def test_whoever_was_deactivated_is_known_with_the_event_that_did_it() -> None:
    there = given(ACTIVE, LEFT)
    from domain.developer import DeveloperDeactivated

    expected = DeactivatedRow(str(OLGA), time_of(there, DeveloperDeactivated), event_id(Developer.at(OLGA), 2))
    assert row_of(deactivated, there, OLGA) == expected


def test_what_does_not_fit_is_not_passed_over() -> None:
    approved: Recorded[AppApproved] = Recorded(1, f"app-{APP}", 2, NOW, APP, AppApproved())
    with pytest.raises(OutOfPlace):
        fold(None, approved)
    with pytest.raises(OutOfPlace):
        fold_deactivated(DeactivatedRow(str(OLGA), NOW, OLGA), approved)  # type: ignore[arg-type]
