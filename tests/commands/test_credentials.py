"""Issuing, revoking and expiring credentials, and how many an app may have."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from commands.expire_credential import ExpireCredential
from commands.issue_credential import IssueCredential
from commands.revoke_credential import RevokeCredential
from domain.app import App, AppCredentialAdded, AppCredentialClosed
from domain.credential import (
    Credential,
    CredentialActivated,
    CredentialExpired,
    CredentialIssued,
    CredentialKind,
    CredentialRevoked,
)
from domain.limits import APP_CREDENTIALS_MAX, JWT_LIFETIME_MAX
from tests.examples import (
    ACTIVE,
    APP,
    GUARDED,
    KEY,
    NEW_KEY,
    ONE_DAY,
    OTHER_APP,
    PENDING,
    SECOND,
    TOMORROW,
    WITH_KEY,
    an_id,
    create,
    decide,
    digest,
    grant,
    issue,
    rotate,
)
from tests.given import given
from tests.memory_log import NOW

REVOKE = RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")
EXPIRE = ExpireCredential(app_id=APP, credential_id=KEY)


def issued(kind: CredentialKind = CredentialKind.API_KEY, client_id: str | None = None) -> CredentialIssued:
    is_jwt = kind is CredentialKind.JWT
    secret, expires_at = (None, NOW + 30 * ONE_DAY) if is_jwt else (digest(KEY), None)
    return CredentialIssued(kind=kind, secret_digest=secret, client_id=client_id, issued_at=NOW, expires_at=expires_at, replaces=None)


def test_a_credential_of_an_active_app_works_at_once() -> None:
    done = given(*ACTIVE).when(issue())
    done.then(AppCredentialAdded(credential_id=KEY, replaces=None), issued(), CredentialActivated())
    done.then_in(App, APP, AppCredentialAdded(credential_id=KEY, replaces=None))


def test_a_credential_of_a_pending_app_waits_with_it() -> None:
    given(*PENDING).when(issue()).then(AppCredentialAdded(credential_id=KEY, replaces=None), issued())


def test_an_oauth_client_gets_its_client_id_at_the_first_issue() -> None:
    given(*ACTIVE).when(issue(kind=CredentialKind.OAUTH_CLIENT)).then_in(
        Credential, KEY, issued(CredentialKind.OAUTH_CLIENT, client_id=f"client-{KEY}"), CredentialActivated()
    )


def test_a_jwt_has_no_digest_before_it_is_signed() -> None:
    given(*ACTIVE).when(issue(kind=CredentialKind.JWT)).then_in(Credential, KEY, issued(CredentialKind.JWT), CredentialActivated())


@pytest.mark.parametrize("kind", [CredentialKind.API_KEY, CredentialKind.OAUTH_CLIENT])
def test_a_secret_s_digest_belongs_to_the_command(kind: CredentialKind) -> None:
    with pytest.raises(ValidationError, match="secret_digest"):
        IssueCredential(app_id=APP, credential_id=KEY, kind=kind)


def test_a_jwt_always_expires_and_within_366_days() -> None:
    with pytest.raises(ValidationError, match="a jwt needs expires_at"):
        IssueCredential(app_id=APP, credential_id=KEY, kind=CredentialKind.JWT)
    last = NOW + JWT_LIFETIME_MAX
    given(*ACTIVE).when(issue(kind=CredentialKind.JWT, expires_at=last)).then_accepted()
    given(*ACTIVE).when(issue(kind=CredentialKind.JWT, expires_at=last + SECOND)).then_refused("expiry_too_late")


@pytest.mark.parametrize("kind", CredentialKind)
def test_issuing_the_same_again_changes_nothing_while_it_is_pending_or_active(kind: CredentialKind) -> None:
    given(*PENDING, issue(kind=kind)).when(issue(kind=kind)).then()
    given(*ACTIVE, issue(kind=kind)).when(issue(kind=kind)).then()


def test_an_id_once_used_is_never_used_again() -> None:
    given(*WITH_KEY).when(issue(expires_at=TOMORROW)).then_refused("id_used")
    given(*WITH_KEY, REVOKE).when(issue()).then_refused("id_used")
    given(*WITH_KEY, rotate()).when(issue()).then_refused("id_used")
    given(*WITH_KEY, rotate()).when(issue(NEW_KEY)).then_refused("id_used")


def test_issuing_again_what_is_past_its_expiry_is_refused_though_nothing_recorded_that() -> None:
    there = (*ACTIVE, issue(expires_at=TOMORROW))
    given(*there, ONE_DAY - SECOND).when(issue(expires_at=TOMORROW)).then()
    given(*there, ONE_DAY).when(issue(expires_at=TOMORROW)).then_refused("id_used")


def test_another_app_s_credential_id_is_used() -> None:
    given(*WITH_KEY, create(app_id=OTHER_APP, name="Second")).when(issue(app_id=OTHER_APP)).then_refused("id_used")


def test_an_expiry_in_the_past_is_refused() -> None:
    given(*ACTIVE).when(issue(expires_at=NOW)).then_refused("expiry_past")
    given(*ACTIVE).when(issue(expires_at=NOW + SECOND)).then_accepted()


def filled(count: int) -> list[IssueCredential]:
    return [issue(an_id(f"key {n}")) for n in range(count)]


def test_an_app_has_at_most_10_live_credentials() -> None:
    almost, full = (*ACTIVE, *filled(APP_CREDENTIALS_MAX - 1)), (*ACTIVE, *filled(APP_CREDENTIALS_MAX))
    given(*almost).when(issue()).then_accepted()
    given(*full).when(issue()).then_refused("too_many_credentials")
    given(*full).when(issue(an_id("key 0"))).then()
    given(*PENDING, *filled(APP_CREDENTIALS_MAX)).when(issue()).then_refused("too_many_credentials")


def test_a_credential_that_was_replaced_or_closed_does_not_count() -> None:
    full = (*ACTIVE, *filled(APP_CREDENTIALS_MAX))
    first = an_id("key 0")
    given(*full, RevokeCredential(app_id=APP, credential_id=first, reason="lost")).when(issue()).then_accepted()
    rotated = (*full, rotate(first))
    given(*rotated).when(issue()).then_refused("too_many_credentials")
    given(*rotated, RevokeCredential(app_id=APP, credential_id=NEW_KEY, reason="lost")).when(issue()).then_accepted()


def test_revoking_ends_a_credential_for_good_and_the_app_holds_it_no_more() -> None:
    given(*WITH_KEY).when(REVOKE).then(CredentialRevoked(reason="lost"), AppCredentialClosed(credential_id=KEY))
    given(*PENDING, issue()).when(REVOKE).then(CredentialRevoked(reason="lost"), AppCredentialClosed(credential_id=KEY))
    given(*WITH_KEY, REVOKE).when(REVOKE).then()
    given(*WITH_KEY, rotate()).when(REVOKE).then(CredentialRevoked(reason="lost"), AppCredentialClosed(credential_id=KEY))


def test_a_revoked_credential_does_not_come_back_with_its_app_s_approval() -> None:
    given(*PENDING, issue(), REVOKE).when(decide(grant(GUARDED))).then_in(Credential, KEY)


def test_expiry_is_recorded_when_it_is_due_and_not_before() -> None:
    there = (*ACTIVE, issue(expires_at=TOMORROW))
    given(*there, ONE_DAY - SECOND).when(EXPIRE).then_refused("not_due")
    given(*there, ONE_DAY).when(EXPIRE).then(CredentialExpired(), AppCredentialClosed(credential_id=KEY))
    given(*there, ONE_DAY, EXPIRE).when(EXPIRE).then()
    given(*WITH_KEY, timedelta(days=10_000)).when(EXPIRE).then_refused("not_due")
    given(*there, REVOKE, ONE_DAY).when(EXPIRE).then()


def test_a_pending_and_a_retiring_credential_expire_too() -> None:
    given(*PENDING, issue(expires_at=TOMORROW), ONE_DAY).when(EXPIRE).then(CredentialExpired(), AppCredentialClosed(credential_id=KEY))
    retiring = (*ACTIVE, issue(expires_at=TOMORROW), rotate(overlap=7 * ONE_DAY))
    given(*retiring, ONE_DAY).when(EXPIRE).then(CredentialExpired(), AppCredentialClosed(credential_id=KEY))


@pytest.mark.parametrize("request_", [REVOKE, EXPIRE], ids=["revoke", "expire"])
def test_a_credential_that_never_was_the_app_s_is_unknown(request_: RevokeCredential) -> None:
    given(*ACTIVE).when(request_).then_refused("credential_unknown")


@pytest.mark.parametrize("request_", [REVOKE, EXPIRE], ids=["revoke", "expire"])
def test_a_credential_of_another_app_is_unknown_here(request_: RevokeCredential) -> None:
    given(*ACTIVE, create(app_id=OTHER_APP, name="Second"), issue(app_id=OTHER_APP)).when(request_).then_refused("credential_unknown")
