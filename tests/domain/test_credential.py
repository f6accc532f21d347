"""The rules of a credential, told as examples."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.credential import (
    Credential,
    CredentialActivated,
    CredentialEvent,
    CredentialExpired,
    CredentialIssued,
    CredentialKind,
    CredentialRevoked,
    CredentialRotated,
)
from domain.refused import Refused
from tests.examples import KEY, NEW_KEY, ONE_DAY, ONE_HOUR, OTHER_KEY, SECOND, digest
from tests.memory_log import NOW

EXPIRY = NOW + 30 * ONE_DAY


def issued(expires_at: datetime | None = EXPIRY) -> CredentialIssued:
    return CredentialIssued(
        kind=CredentialKind.API_KEY, secret_digest=digest(KEY), client_id=None, issued_at=NOW, expires_at=expires_at, replaces=None
    )


ROTATED = CredentialRotated(successor_id=NEW_KEY, retires_at=NOW + ONE_DAY)
REVOKED, EXPIRED, ACTIVATED = CredentialRevoked(reason="leaked"), CredentialExpired(), CredentialActivated()
HISTORIES: dict[str, list[CredentialEvent]] = {
    "absent": [],
    "pending": [issued()],
    "active": [issued(), ACTIVATED],
    "retiring": [issued(), ACTIVATED, ROTATED],
    "revoked": [issued(), ACTIVATED, REVOKED],
    "expired": [issued(), ACTIVATED, EXPIRED],
}


def after(*events: CredentialEvent) -> Credential:
    credential = Credential()
    for event in events:
        credential = credential.evolve(event)
    return credential


def issue_again(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.issue(CredentialKind.API_KEY, digest(KEY), now=now, expires_at=EXPIRY)


def rotate(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.rotate(OTHER_KEY, now, ONE_DAY)


def revoke(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.revoke("lost")


def end_overlap(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.end_overlap()


def expire(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.expire(now)


def activate(credential: Credential, now: datetime) -> list[CredentialEvent]:
    return credential.activate(now)


LOST, ENDED = CredentialRevoked(reason="lost"), CredentialRevoked(reason="overlap_ended")
ROTATED_TO_OTHER = CredentialRotated(successor_id=OTHER_KEY, retires_at=NOW + ONE_HOUR + ONE_DAY)

TABLE: list[tuple[Callable[[Credential, datetime], list[CredentialEvent]], datetime, dict[str, str | list[CredentialEvent]]]] = [
    (
        issue_again,
        NOW + ONE_HOUR,
        {"pending": [], "active": [], "retiring": "id_used", "revoked": "id_used", "expired": "id_used"},
    ),
    (issue_again, EXPIRY, {"pending": "id_used", "active": "id_used", "retiring": "id_used", "revoked": "id_used"}),
    (activate, NOW, {"absent": [], "pending": [ACTIVATED], "active": [], "retiring": [], "revoked": [], "expired": []}),
    (activate, EXPIRY, {"pending": []}),
    (
        rotate,
        NOW + ONE_HOUR,
        {
            "absent": "credential_unknown",
            "pending": "not_active",
            "active": [ROTATED_TO_OTHER],
            "retiring": "not_active",
            "revoked": "is_over",
            "expired": "is_over",
        },
    ),
    (rotate, EXPIRY - SECOND, {"active": [CredentialRotated(successor_id=OTHER_KEY, retires_at=EXPIRY)]}),
    (rotate, EXPIRY, {"pending": "is_over", "active": "is_over", "retiring": "is_over"}),
    (
        revoke,
        NOW,
        {"absent": "credential_unknown", "pending": [LOST], "active": [LOST], "retiring": [LOST], "revoked": [], "expired": []},
    ),
    (
        end_overlap,
        NOW,
        {
            "absent": "credential_unknown",
            "pending": "not_retiring",
            "active": "not_retiring",
            "retiring": [ENDED],
            "revoked": [],
            "expired": [],
        },
    ),
    (
        expire,
        EXPIRY - SECOND,
        {
            "absent": "credential_unknown",
            "pending": "not_due",
            "active": "not_due",
            "retiring": "not_due",
            "revoked": [],
            "expired": [],
        },
    ),
    (expire, EXPIRY, {"pending": [EXPIRED], "active": [EXPIRED], "retiring": [EXPIRED], "revoked": [], "expired": []}),
]
CASES = [
    pytest.param(decision, now, status, expected, id=f"{status}-{decision.__name__}-{(now - NOW) // ONE_HOUR}h")
    for decision, now, row in TABLE
    for status, expected in row.items()
]


@pytest.mark.parametrize(("decision", "now", "status", "expected"), CASES)
def test_each_status_allows_exactly_its_transitions(
    decision: Callable[[Credential, datetime], list[CredentialEvent]], now: datetime, status: str, expected: str | list[CredentialEvent]
) -> None:
    credential = after(*HISTORIES[status])
    if isinstance(expected, list):
        assert decision(credential, now) == expected
    else:
        with pytest.raises(Refused) as refused:
            decision(credential, now)
        assert refused.value.code == expected


def test_a_credential_without_an_expiry_is_never_due() -> None:
    credential = after(issued(expires_at=None), ACTIVATED)
    assert not credential.is_over(NOW + timedelta(days=100_000))
    with pytest.raises(Refused, match="not_due"):
        credential.expire(NOW + timedelta(days=100_000))


@pytest.mark.parametrize(
    ("now", "over"), [(NOW + ONE_DAY - SECOND, False), (NOW + ONE_DAY, True)], ids=["before its overlap ends", "when its overlap ends"]
)
def test_a_retiring_credential_is_over_when_its_overlap_ends_though_nothing_recorded_it(now: datetime, *, over: bool) -> None:
    assert after(*HISTORIES["retiring"]).is_over(now) is over


@pytest.mark.parametrize(("now", "over"), [(EXPIRY - SECOND, False), (EXPIRY, True)], ids=["before", "at"])
def test_a_credential_is_over_at_its_expiry_though_nothing_recorded_it(now: datetime, *, over: bool) -> None:
    assert after(*HISTORIES["active"]).is_over(now) is over


def test_an_expiry_that_is_not_in_the_future_is_refused() -> None:
    with pytest.raises(Refused, match="expiry_past"):
        Credential().issue(CredentialKind.JWT, None, now=NOW, expires_at=NOW)
    assert Credential().issue(CredentialKind.JWT, None, now=NOW, expires_at=NOW + SECOND)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": CredentialKind.OAUTH_CLIENT},
        {"secret_digest": digest(OTHER_KEY)},
        {"expires_at": None},
        {"expires_at": EXPIRY + SECOND},
        {"replaces": OTHER_KEY},
    ],
    ids=str,
)
def test_the_same_id_with_other_content_is_refused(other: dict[str, object]) -> None:
    content = {"kind": CredentialKind.API_KEY, "secret_digest": digest(KEY), "expires_at": EXPIRY, "replaces": None} | other
    with pytest.raises(Refused, match="id_used"):
        after(issued(), ACTIVATED).issue(now=NOW, **content)  # type: ignore[arg-type]


def test_a_successor_lives_as_long_as_the_old_one_was_meant_to_from_now() -> None:
    later = NOW + 12 * ONE_DAY
    assert after(issued()).successor_expiry(later) == later + 30 * ONE_DAY
    assert after(issued(expires_at=None)).successor_expiry(later) is None
