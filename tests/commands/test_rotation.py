"""Rotating credentials: both work for a while, then only the new one does."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from commands.end_overlap import EndOverlap
from commands.issue_credential import IssueCredential
from commands.principal import SYSTEM, Role, service
from commands.revoke_credential import RevokeCredential
from commands.rotate_credential import RotateCredential
from domain.app import App, AppCredentialAdded, AppCredentialClosed
from domain.credential import (
    Credential,
    CredentialActivated,
    CredentialIssued,
    CredentialKind,
    CredentialRevoked,
    CredentialRotated,
)
from domain.limits import APP_CREDENTIALS_MAX, EXPIRY_MAX
from tests.examples import (
    ACTIVE,
    APP,
    KEY,
    NEW_KEY,
    NEWEST_KEY,
    ONE_DAY,
    ONE_HOUR,
    OTHER_APP,
    OTHER_KEY,
    PENDING,
    SECOND,
    THIRTY_DAYS,
    WITH_KEY,
    an_id,
    create,
    digest,
    issue,
    rotate,
)
from tests.given import by, given
from tests.memory_log import NOW

IN_30_DAYS = NOW + THIRTY_DAYS
WITH_EXPIRY = (*ACTIVE, issue(expires_at=IN_30_DAYS))
END = EndOverlap(app_id=APP, credential_id=KEY)
ENDED = (CredentialRevoked(reason="overlap_ended"), AppCredentialClosed(credential_id=KEY))


def successor(expires_at: datetime | None, *, at: datetime = NOW) -> CredentialIssued:
    return CredentialIssued(
        kind=CredentialKind.API_KEY, secret_digest=digest(NEW_KEY), client_id=None, issued_at=at, expires_at=expires_at, replaces=KEY
    )


def test_an_active_credential_is_rotated_and_works_until_the_overlap_ends() -> None:
    done = given(*WITH_KEY).when(rotate(overlap=ONE_HOUR))
    done.then(
        AppCredentialAdded(credential_id=NEW_KEY, replaces=KEY),
        successor(None),
        CredentialActivated(),
        CredentialRotated(successor_id=NEW_KEY, retires_at=NOW + ONE_HOUR),
    )
    done.then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=NOW + ONE_HOUR))
    done.then_in(Credential, NEW_KEY, successor(None), CredentialActivated())


def test_the_overlap_is_a_day_where_none_is_named() -> None:
    command = RotateCredential(app_id=APP, credential_id=KEY, successor_id=NEW_KEY, secret_digest=digest(NEW_KEY))
    given(*WITH_KEY).when(command).then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=NOW + ONE_DAY))


def test_an_overlap_of_nothing_revokes_the_old_one_at_once() -> None:
    done = given(*WITH_KEY).when(rotate(overlap=timedelta(0)))
    done.then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=NOW), CredentialRevoked(reason="overlap_ended"))
    done.then_in(App, APP, AppCredentialAdded(credential_id=NEW_KEY, replaces=KEY), AppCredentialClosed(credential_id=KEY))


def test_an_overlap_of_nothing_may_say_why_as_after_a_leak() -> None:
    leaked = rotate(overlap=timedelta(0), reason="leaked: it was seen in a public repository")
    given(*WITH_KEY).when(leaked).then_in(
        Credential,
        KEY,
        CredentialRotated(successor_id=NEW_KEY, retires_at=NOW),
        CredentialRevoked(reason="leaked: it was seen in a public repository"),
    )
    given(*WITH_KEY, leaked, ONE_HOUR).when(leaked).then()


def test_with_an_overlap_nothing_is_revoked_that_a_reason_could_be_given_for() -> None:
    with pytest.raises(ValidationError, match="PT0S"):
        rotate(overlap=ONE_HOUR, reason="leaked")


def test_an_overlap_never_goes_past_the_old_one_s_own_expiry() -> None:
    given(*WITH_EXPIRY, 29 * ONE_DAY).when(rotate(overlap=7 * ONE_DAY)).then_in(
        Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=IN_30_DAYS)
    )


def test_without_an_expiry_the_successor_lives_as_long_as_the_old_one_was_meant_to_from_now() -> None:
    at = NOW + 10 * ONE_DAY
    given(*WITH_EXPIRY, 10 * ONE_DAY).when(rotate()).then_in(Credential, NEW_KEY, successor(at + THIRTY_DAYS, at=at), CredentialActivated())


def test_the_successor_s_expiry_may_come_with_the_command() -> None:
    given(*WITH_EXPIRY).when(rotate(expires_at=NOW + ONE_DAY)).then_in(Credential, NEW_KEY, successor(NOW + ONE_DAY), CredentialActivated())
    given(*WITH_EXPIRY).when(rotate(expires_at=NOW)).then_refused("expiry_past")


def test_the_longest_expiry_can_be_rotated_for_centuries() -> None:
    last = EXPIRY_MAX - SECOND
    given(*ACTIVE, issue(expires_at=last), timedelta(days=355_000)).when(rotate()).then_accepted()


def test_an_oauth_client_keeps_its_client_id_and_its_kind_through_rotations() -> None:
    there = given(*ACTIVE, issue(kind=CredentialKind.OAUTH_CLIENT), rotate(), END, rotate(NEW_KEY, to=NEWEST_KEY))
    issues = [new.event for new in there.log.appended if isinstance(new.event, CredentialIssued)]
    assert [(each.kind, each.client_id) for each in issues] == [(CredentialKind.OAUTH_CLIENT, f"client-{KEY}")] * 3


def test_a_jwt_is_rotated_with_or_without_a_digest_and_the_others_only_with_one() -> None:
    without = RotateCredential(app_id=APP, credential_id=KEY, successor_id=NEW_KEY)
    given(*ACTIVE, issue(kind=CredentialKind.JWT)).when(without).then_accepted()
    given(*ACTIVE, issue(kind=CredentialKind.JWT)).when(rotate()).then_accepted()
    given(*WITH_KEY).when(without).then_refused("secret_digest_missing")


def test_rotating_at_the_limit_works() -> None:
    full: list[IssueCredential] = [issue(an_id(f"key {n}")) for n in range(APP_CREDENTIALS_MAX)]
    there = given(*ACTIVE, *full, rotate(an_id("key 0"), to=NEW_KEY), rotate(an_id("key 1"), to=NEWEST_KEY, overlap=timedelta(0)))
    there.when(issue(OTHER_KEY)).then_refused("too_many_credentials")


def test_the_same_rotation_again_changes_nothing() -> None:
    given(*WITH_EXPIRY, rotate(), ONE_HOUR).when(rotate()).then()
    given(*WITH_KEY, rotate(overlap=timedelta(0)), ONE_HOUR).when(rotate(overlap=timedelta(0))).then()
    given(*WITH_KEY, rotate(), END).when(rotate()).then()


@pytest.mark.parametrize(
    "other",
    [
        rotate(overlap=ONE_HOUR),
        rotate(expires_at=NOW + ONE_DAY),
        RotateCredential(app_id=APP, credential_id=KEY, successor_id=NEW_KEY, secret_digest=digest(OTHER_KEY)),
    ],
    ids=["overlap", "expiry", "digest"],
)
def test_a_rotation_to_the_same_successor_with_other_content_is_refused(other: RotateCredential) -> None:
    given(*WITH_KEY, rotate(), ONE_HOUR).when(other).then_refused("id_used")


def test_a_rotation_whose_successor_has_ended_is_not_the_same_again() -> None:
    revoked = RevokeCredential(app_id=APP, credential_id=NEW_KEY, reason="lost")
    given(*WITH_KEY, rotate(), revoked).when(rotate()).then_refused("id_used")
    given(*WITH_EXPIRY, rotate(expires_at=NOW + ONE_DAY), ONE_DAY).when(rotate(expires_at=NOW + ONE_DAY)).then_refused("id_used")


def test_a_rotation_whose_successor_was_rotated_since_is_not_the_same_again() -> None:
    given(*WITH_KEY, rotate(), END, rotate(NEW_KEY, to=NEWEST_KEY)).when(rotate()).then_refused("id_used")


def test_a_retiring_credential_is_not_rotated() -> None:
    given(*WITH_KEY, rotate()).when(rotate(to=NEWEST_KEY)).then_refused("not_active")


def test_a_credential_that_has_ended_is_not_rotated() -> None:
    revoked = RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")
    given(*WITH_KEY, revoked).when(rotate()).then_refused("is_over")
    given(*WITH_EXPIRY, THIRTY_DAYS).when(rotate()).then_refused("is_over")
    given(*WITH_EXPIRY, THIRTY_DAYS - SECOND).when(rotate()).then_accepted()
    given(*WITH_KEY, rotate(), ONE_DAY).when(rotate(to=NEWEST_KEY)).then_refused("is_over")


def test_a_successor_whose_predecessor_is_still_in_overlap_is_not_rotated() -> None:
    there = (*WITH_KEY, rotate())
    given(*there, ONE_DAY - SECOND).when(rotate(NEW_KEY, to=NEWEST_KEY)).then_refused("overlap_open")
    given(*there, ONE_DAY).when(rotate(NEW_KEY, to=NEWEST_KEY)).then_accepted()
    given(*there, END).when(rotate(NEW_KEY, to=NEWEST_KEY)).then_accepted()
    given(*WITH_KEY, rotate(overlap=timedelta(0))).when(rotate(NEW_KEY, to=NEWEST_KEY)).then_accepted()


def test_a_pending_app_s_credentials_are_not_rotated() -> None:
    given(*PENDING, issue()).when(rotate()).then_refused("app_pending")


def test_a_successor_s_id_must_be_new() -> None:
    given(*WITH_KEY, issue(NEW_KEY)).when(rotate()).then_refused("id_used")
    given(*WITH_KEY).when(rotate(to=KEY)).then_refused("id_used")
    foreign = (*WITH_KEY, create(app_id=OTHER_APP, name="Second"), issue(NEW_KEY, app_id=OTHER_APP))
    given(*foreign).when(rotate()).then_refused("id_used")


def test_a_credential_of_another_app_is_unknown_here() -> None:
    there = (*ACTIVE, create(app_id=OTHER_APP, name="Second"), issue(app_id=OTHER_APP))
    given(*there).when(rotate()).then_refused("credential_unknown")
    given(*there, rotate(app_id=OTHER_APP)).when(rotate()).then_refused("credential_unknown")
    given(*there).when(END).then_refused("credential_unknown")
    given(*ACTIVE).when(rotate()).then_refused("credential_unknown")


def test_an_owner_ends_an_overlap_early() -> None:
    given(*WITH_KEY, rotate()).when(END).then(*ENDED)
    given(*WITH_KEY, rotate(), END).when(END).then()


def test_the_system_ends_an_overlap_when_it_is_due_and_not_before() -> None:
    there = (*WITH_KEY, rotate())
    given(*there, ONE_DAY - SECOND).when(by(SYSTEM, END)).then_refused("not_due")
    given(*there, ONE_DAY).when(by(SYSTEM, END)).then(*ENDED)


def test_an_admin_s_service_ends_an_overlap_early_though_it_has_the_system_s_role_too() -> None:
    both = service("backoffice", frozenset({Role.PORTAL_ADMIN, Role.SYSTEM}))
    given(*WITH_KEY, rotate()).when(by(both, END)).then(*ENDED)


def test_only_an_overlap_can_be_ended() -> None:
    given(*WITH_KEY).when(END).then_refused("not_retiring")
    given(*WITH_KEY).when(by(SYSTEM, END)).then_refused("not_retiring")
    given(*WITH_KEY, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")).when(END).then()


def test_revoking_the_successor_leaves_the_old_one_to_its_overlap() -> None:
    given(*WITH_KEY, rotate()).when(RevokeCredential(app_id=APP, credential_id=NEW_KEY, reason="lost")).then_in(Credential, KEY)
