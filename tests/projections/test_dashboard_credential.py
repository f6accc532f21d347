"""What the dashboard says of a credential, told as examples."""

from datetime import timedelta

import pytest

from commands.claim_credential import ClaimCredential
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.miss_rotation import MissRotation
from commands.revoke_credential import RevokeCredential
from domain.credential import (
    AtDeadline,
    CredentialActivated,
    CredentialClaimed,
    CredentialExpired,
    CredentialIssued,
    CredentialKind,
    CredentialRevoked,
    CredentialRotated,
    RotationMissed,
)
from projections.dashboard_credential import credential, fold
from projections.projection import OutOfPlace
from readmodels.dashboard_credential import CredentialRow
from tests.examples import ACTIVE, APP, KEY, NEW_KEY, ONE_DAY, ONE_HOUR, PENDING, TOMORROW, WITH_KEY, demand, digest, issue, rotate
from tests.given import given
from tests.memory_log import NOW
from tests.projections.folded import only_row, recorded, row_of, rows, time_of


def test_a_new_credential_of_an_active_app_is_active() -> None:
    there = given(ACTIVE, issue(expires_at=TOMORROW))
    assert only_row(credential, there) == CredentialRow(
        credential_id=str(KEY),
        app_id=APP,
        kind="api_key",
        state="active",
        client_id=None,
        issued_at=NOW,
        activated_at=time_of(there, CredentialActivated),
        expires_at=TOMORROW,
        claimed_at=NOW,
    )


def test_a_credential_of_a_pending_app_waits() -> None:
    row = only_row(credential, given(PENDING, issue()))
    assert (row.state, row.activated_at, row.expires_at) == ("pending", None, None)


def test_a_rotated_credential_is_retiring_and_both_name_each_other() -> None:
    there = given(WITH_KEY, rotate(overlap=ONE_HOUR))
    old, new = row_of(credential, there, KEY), row_of(credential, there, NEW_KEY)
    assert (old.state, old.retires_at, old.successor_id) == ("retiring", NOW + ONE_HOUR, NEW_KEY)
    assert (new.state, new.replaces, new.retires_at) == ("active", KEY, None)


def test_a_rotation_without_overlap_ends_the_old_one_at_once() -> None:
    there = given(WITH_KEY, rotate(overlap=timedelta(0)))
    old = row_of(credential, there, KEY)
    assert (old.state, old.ended_at, old.ended_reason) == ("revoked", time_of(there, CredentialRevoked), "overlap_ended")


def test_an_overlap_that_is_ended_early_says_so() -> None:
    there = given(WITH_KEY, rotate(), EndOverlap(app_id=APP, credential_id=KEY))
    assert row_of(credential, there, KEY).ended_reason == "overlap_ended"
    assert row_of(credential, there, NEW_KEY).state == "active"


def test_a_revoked_credential_says_when_and_why() -> None:
    there = given(WITH_KEY, RevokeCredential(app_id=APP, credential_id=KEY, reason="leaked"))
    row = only_row(credential, there)
    assert (row.state, row.ended_at, row.ended_reason) == ("revoked", time_of(there, CredentialRevoked), "leaked")


def test_an_expired_credential_says_when_it_was_recorded() -> None:
    there = given(ACTIVE, issue(expires_at=TOMORROW), 2 * ONE_DAY, ExpireCredential(app_id=APP, credential_id=KEY))
    row = only_row(credential, there)
    assert (row.state, row.ended_at, row.ended_reason) == ("expired", time_of(there, CredentialExpired), None)


def test_an_oauth_client_shows_its_client_id() -> None:
    row = only_row(credential, given(ACTIVE, issue(kind=CredentialKind.OAUTH_CLIENT)))
    assert row.kind == "oauth_client"
    assert row.client_id


def test_no_digest_reaches_the_dashboard() -> None:
    there = given(WITH_KEY, rotate(), RevokeCredential(app_id=APP, credential_id=NEW_KEY, reason="leaked"))
    assert any(isinstance(each.event, CredentialIssued) for each in there.log.appended)
    shown = repr(rows(credential, recorded(there.log.appended)))
    assert digest(KEY) not in shown
    assert digest(NEW_KEY) not in shown


def test_a_rotation_of_what_was_never_issued_is_out_of_place() -> None:
    events = recorded(given(WITH_KEY, rotate()).log.appended)
    rotated = next(each for each in events if isinstance(each.event, CredentialRotated))
    with pytest.raises(OutOfPlace):
        fold(None, rotated)


def test_what_an_admin_demands_shows_until_it_was_done() -> None:
    row = only_row(credential, given(ACTIVE, issue(), demand()))
    assert (row.state, row.rotation_due_at, row.rotation_then, row.rotation_reason) == ("active", TOMORROW, "revoke", "broken into")
    rotated = row_of(credential, given(ACTIVE, issue(), demand(), rotate()), KEY)
    assert (rotated.state, rotated.rotation_due_at, rotated.rotation_then) == ("retiring", None, None)


def test_what_was_not_done_in_time_shows_when_that_was_recorded() -> None:
    there = given(ACTIVE, issue(), demand(then=AtDeadline.REPORT), ONE_DAY, MissRotation(app_id=APP, credential_id=KEY))
    row = only_row(credential, there)
    assert (row.state, row.rotation_missed_at) == ("active", time_of(there, RotationMissed))


def test_a_jwt_shows_when_it_was_claimed() -> None:
    there = given(ACTIVE, issue(kind=CredentialKind.JWT))
    assert only_row(credential, there).claimed_at is None
    claimed = given(ACTIVE, issue(kind=CredentialKind.JWT), ClaimCredential(app_id=APP, credential_id=KEY, secret_digest=digest(KEY)))
    assert only_row(credential, claimed).claimed_at == time_of(claimed, CredentialClaimed)
