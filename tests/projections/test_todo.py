"""What time will do to a credential, told as examples: at most one row for each reaction, gone as soon as there is nothing left to do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from commands.command import Command
from commands.delete_app import DeleteApp
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.miss_rotation import MissRotation
from commands.revoke_credential import RevokeCredential
from domain.credential import AtDeadline, Credential, CredentialActivated, CredentialEvent, CredentialRotated, RotationDemanded
from domain.recorded import Recorded, event_id
from projections.projection import OutOfPlace
from projections.todo import TODO
from projections.todo_credential import fold_end_overlap, fold_expire, fold_miss_rotation
from readmodels.todo import CredentialDueRow
from tests.examples import ACTIVE, APP, KEY, NEW_KEY, ONE_DAY, ONE_HOUR, PENDING, TOMORROW, WITH_KEY, demand, issue, rotate
from tests.given import Given, given
from tests.memory_log import NOW
from tests.projections.folded import recorded, rows

REVOKED = RevokeCredential(app_id=APP, credential_id=KEY, reason="leaked")


def to_do(there: Given) -> dict[tuple[UUID, str], CredentialDueRow]:
    """All rows that an example's history leaves."""
    events = recorded(there.log.appended)
    of_credentials = [projection for projection in TODO.projections if projection.name == "credential_due"]
    found = {key: row for projection in of_credentials for key, row in rows(projection, events).items() if row is not None}
    assert all(key == row[:2] for key, row in found.items())
    return {(UUID(row.credential_id), row.reaction): row for row in found.values()}


def when(there: Given) -> dict[tuple[UUID, str], datetime]:
    return {key: row.due_at for key, row in to_do(there).items()}


def test_what_has_an_expiry_will_expire_whether_it_works_already_or_not() -> None:
    assert when(given(ACTIVE, issue(expires_at=TOMORROW))) == {(KEY, "expire"): TOMORROW}
    assert when(given(PENDING, issue(expires_at=TOMORROW))) == {(KEY, "expire"): TOMORROW}
    assert to_do(given(WITH_KEY)) == {}


def test_a_row_says_whose_it_is_and_from_which_event_it_follows() -> None:
    (row,) = to_do(given(ACTIVE, issue(expires_at=TOMORROW))).values()
    assert row == CredentialDueRow(str(KEY), "expire", APP, TOMORROW, event_id(Credential.at(KEY), 1))


def test_a_rotation_brings_the_overlaps_end_and_meets_the_demand() -> None:
    demanded = (*WITH_KEY, demand())
    assert when(given(demanded)) == {(KEY, "miss_rotation"): TOMORROW}
    assert when(given(demanded, rotate(overlap=ONE_HOUR))) == {(KEY, "end_overlap"): NOW + ONE_HOUR}


def test_a_rotated_credential_with_an_expiry_has_both_and_its_successor_its_own() -> None:
    there = given(ACTIVE, issue(expires_at=TOMORROW), rotate(overlap=ONE_HOUR, expires_at=NOW + 2 * ONE_DAY))
    assert when(there) == {(KEY, "expire"): TOMORROW, (KEY, "end_overlap"): NOW + ONE_HOUR, (NEW_KEY, "expire"): NOW + 2 * ONE_DAY}


def test_a_rotation_without_overlap_leaves_nothing_to_do() -> None:
    assert to_do(given(WITH_KEY, rotate(overlap=timedelta(0)))) == {}


def test_a_later_demand_takes_the_place_of_an_open_one() -> None:
    (row,) = to_do(given(WITH_KEY, demand(), demand(TOMORROW + ONE_DAY))).values()
    assert (row.due_at, row.event_id) == (TOMORROW + ONE_DAY, event_id(Credential.at(KEY), 4))


@pytest.mark.parametrize("end", [REVOKED, DeleteApp(app_id=APP)])
def test_what_has_ended_has_nothing_left_to_do(end: Command) -> None:
    there = (*ACTIVE, issue(expires_at=TOMORROW), demand())
    assert len(to_do(given(there))) == 2
    assert to_do(given(there, end)) == {}


def test_what_was_done_goes_away() -> None:
    expired = given(ACTIVE, issue(expires_at=TOMORROW), ONE_DAY, ExpireCredential(app_id=APP, credential_id=KEY))
    assert to_do(expired) == {}
    assert to_do(given(WITH_KEY, rotate(), EndOverlap(app_id=APP, credential_id=KEY))) == {}
    reported = given(WITH_KEY, demand(then=AtDeadline.REPORT), ONE_DAY, MissRotation(app_id=APP, credential_id=KEY))
    assert to_do(reported) == {}


@pytest.mark.parametrize(
    ("fold", "event"),
    [
        (fold_expire, CredentialActivated()),
        (fold_end_overlap, RotationDemanded(deadline=TOMORROW, then=AtDeadline.REPORT, reason="old")),
        (fold_miss_rotation, CredentialActivated()),
    ],
)
def test_an_event_that_a_fold_does_not_expect_is_told(fold: Callable[..., object], event: CredentialEvent) -> None:
    with pytest.raises(OutOfPlace):
        fold(None, Recorded(1, Credential.at(KEY), 1, NOW, APP, event))


def test_a_credential_is_rotated_once() -> None:
    row = CredentialDueRow(str(KEY), "end_overlap", APP, TOMORROW, KEY)
    with pytest.raises(OutOfPlace):
        fold_end_overlap(row, Recorded(1, Credential.at(KEY), 1, NOW, APP, CredentialRotated(successor_id=NEW_KEY, retires_at=TOMORROW)))
