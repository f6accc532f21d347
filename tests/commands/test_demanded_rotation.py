"""A rotation that an admin demands, and a jwt that is claimed, told as examples."""

from datetime import timedelta
from uuid import UUID

import pytest

from commands.claim_credential import ClaimCredential
from commands.end_overlap import EndOverlap
from commands.issue_credential import IssueCredential
from commands.miss_rotation import MissRotation
from commands.revoke_credential import RevokeCredential
from domain.app import AppCredentialClosed
from domain.credential import (
    ROTATION_MISSED,
    AtDeadline,
    Credential,
    CredentialClaimed,
    CredentialKind,
    CredentialRevoked,
    CredentialRotated,
    RotationDemanded,
    RotationMissed,
)
from tests.examples import (
    ACTIVE,
    APP,
    KEY,
    NEW_KEY,
    NEWEST_KEY,
    ONE_DAY,
    ONE_HOUR,
    PENDING,
    SECOND,
    TOMORROW,
    WITH_KEY,
    demand,
    digest,
    issue,
    rotate,
)
from tests.given import given
from tests.memory_log import NOW

MISSED = MissRotation(app_id=APP, credential_id=KEY)
REPORTED = demand(then=AtDeadline.REPORT)
JWT = (*ACTIVE, issue(kind=CredentialKind.JWT))


def claim(text: UUID = KEY) -> ClaimCredential:
    return ClaimCredential(app_id=APP, credential_id=KEY, secret_digest=digest(text))


def test_a_demand_marks_the_old_credential_and_makes_no_successor() -> None:
    given(*WITH_KEY).when(demand()).then(RotationDemanded(deadline=TOMORROW, then=AtDeadline.REVOKE, reason="broken into"))


def test_the_same_demand_again_changes_nothing_and_another_one_takes_its_place() -> None:
    given(*WITH_KEY, demand()).when(demand()).then()
    later = given(*WITH_KEY, demand()).when(demand(TOMORROW + ONE_DAY))
    later.then(RotationDemanded(deadline=TOMORROW + ONE_DAY, then=AtDeadline.REVOKE, reason="broken into"))


def test_it_is_met_by_an_ordinary_rotation_whose_overlap_ends_by_the_deadline_that_would_cut_it_off() -> None:
    there = (*WITH_KEY, demand(), ONE_DAY - ONE_HOUR)
    given(*there).when(rotate()).then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=TOMORROW))
    reported = given(*WITH_KEY, REPORTED, ONE_DAY - ONE_HOUR).when(rotate())
    reported.then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=TOMORROW + ONE_DAY - ONE_HOUR))


def test_the_same_rotation_again_changes_nothing_though_its_overlap_was_cut() -> None:
    there = (*WITH_KEY, demand(), ONE_DAY - ONE_HOUR, rotate())
    given(*there).when(rotate()).then()


def test_what_was_rotated_in_time_is_not_missed() -> None:
    given(*WITH_KEY, demand(), rotate(overlap=timedelta(days=7)), ONE_DAY).when(MISSED).then()
    given(*WITH_KEY, demand(), RevokeCredential(app_id=APP, credential_id=KEY, reason="lost"), ONE_DAY).when(MISSED).then()
    given(*WITH_KEY).when(MISSED).then()


def test_a_deadline_that_passes_is_recorded_and_cuts_off_only_where_that_was_said() -> None:
    given(*WITH_KEY, demand(), ONE_DAY - SECOND).when(MISSED).then_refused("not_due")
    missed = RotationMissed(deadline=TOMORROW)
    given(*WITH_KEY, REPORTED, ONE_DAY).when(MISSED).then(missed)
    given(*WITH_KEY, demand(), ONE_DAY).when(MISSED).then(
        missed, CredentialRevoked(reason=ROTATION_MISSED), AppCredentialClosed(credential_id=KEY)
    )


def test_what_was_only_reported_can_still_be_rotated_and_what_is_cut_off_can_not() -> None:
    given(*WITH_KEY, REPORTED, ONE_DAY).when(rotate()).then_accepted()
    given(*WITH_KEY, REPORTED, ONE_DAY, MISSED).when(rotate()).then_accepted()
    given(*WITH_KEY, demand(), ONE_DAY).when(rotate()).then_refused("is_over")


def test_a_rotation_is_demanded_only_of_what_works() -> None:
    given(*PENDING, issue()).when(demand()).then_refused("not_active")
    given(*WITH_KEY, rotate()).when(demand()).then_refused("not_active")
    given(*WITH_KEY, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")).when(demand()).then_refused("is_over")
    given(*ACTIVE, issue(expires_at=NOW + ONE_HOUR), ONE_HOUR).when(demand()).then_refused("is_over")
    given(*WITH_KEY).when(demand(NOW)).then_refused("deadline_past")
    given(*WITH_KEY).when(demand(credential_id=NEWEST_KEY)).then_refused("credential_unknown")


def test_the_end_of_the_overlap_ends_the_old_one_as_ever() -> None:
    end = EndOverlap(app_id=APP, credential_id=KEY)
    given(*WITH_KEY, demand(), rotate()).when(end).then_in(Credential, KEY, CredentialRevoked(reason="overlap_ended"))


def test_a_jwt_is_claimed_once() -> None:
    given(*JWT).when(claim()).then(CredentialClaimed(secret_digest=digest(KEY)))
    given(*JWT, claim()).when(claim()).then()
    said = given(*JWT, claim()).when(claim(NEWEST_KEY)).then_refused("already_claimed")
    assert "rotate it" in said


def test_a_jwt_that_was_signed_where_it_was_issued_is_claimed_already() -> None:
    signed = IssueCredential(app_id=APP, credential_id=KEY, kind=CredentialKind.JWT, secret_digest=digest(KEY), expires_at=NOW + ONE_DAY)
    given(*ACTIVE, signed).when(claim(NEWEST_KEY)).then_refused("already_claimed")


@pytest.mark.parametrize("kind", [CredentialKind.API_KEY, CredentialKind.OAUTH_CLIENT])
def test_what_has_a_secret_has_nothing_to_claim(kind: CredentialKind) -> None:
    given(*ACTIVE, issue(kind=kind)).when(claim()).then_refused("nothing_to_claim")


def test_only_a_jwt_that_works_is_claimed() -> None:
    given(*PENDING, issue(kind=CredentialKind.JWT)).when(claim()).then_refused("not_active")
    given(*JWT, timedelta(days=30)).when(claim()).then_refused("is_over")
    given(*JWT, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")).when(claim()).then_refused("is_over")
