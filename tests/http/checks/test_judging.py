"""What is told of what was presented, from what the database said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from adapters.checking.presented import Presented
from adapters.checking.verdict import judged
from adapters.identity.own_tokens import OwnToken, TokenKind
from readmodels.access import AccessAnswer

APP, CREDENTIAL, OWNER = uuid4(), uuid4(), uuid4()
END = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DIGEST = "a" * 64


def said(kind: str, now: datetime = END, reason: str | None = None, digest: str | None = DIGEST, client: str | None = None) -> AccessAnswer:
    return AccessAnswer(now, APP, "Weather", "developer", OWNER, {}, kind, digest, client, reason, None)


def token(kind: TokenKind, app_id: UUID = APP) -> Presented:
    read = OwnToken(kind, CREDENTIAL, DIGEST, app_id, "client-1", END - timedelta(minutes=5), END, {})
    return Presented(kind.value, CREDENTIAL, DIGEST, read)


@pytest.mark.parametrize(("now", "reason"), [(END - MILLISECOND, None), (END, "expired"), (END + MILLISECOND, "expired")])
def test_a_token_ends_to_the_millisecond_by_the_database_s_clock(now: datetime, reason: str | None) -> None:
    verdict = judged(token(TokenKind.ACCESS_TOKEN), said("oauth_client", now, client="client-1"))
    assert (verdict.reason, verdict.expires_at) == (reason, END)


def test_a_revocation_is_told_before_an_expiry() -> None:
    assert judged(token(TokenKind.JWT), said("jwt", reason="revoked")).reason == "revoked"
    assert judged(token(TokenKind.JWT), said("jwt", reason="app_suspended")).reason == "expired"


@pytest.mark.parametrize(
    ("presented", "answer"),
    [
        (Presented("api_key", CREDENTIAL, DIGEST), said("api_key", digest="b" * 64)),
        (Presented("api_key", CREDENTIAL, DIGEST), said("api_key", digest=None)),
        (Presented("api_key", CREDENTIAL, "0" * 64), said("api_key", digest=None)),
        (Presented("api_key", CREDENTIAL, DIGEST), said("oauth_client")),
        (token(TokenKind.JWT), said("jwt", digest="b" * 64)),
        (token(TokenKind.JWT), said("jwt", digest=None)),
        (token(TokenKind.JWT), said("api_key")),
        (token(TokenKind.JWT, uuid4()), said("jwt")),
        (token(TokenKind.ACCESS_TOKEN), said("oauth_client", client="client-2")),
        (token(TokenKind.ACCESS_TOKEN), said("jwt", client="client-1")),
        (token(TokenKind.ACCESS_TOKEN, uuid4()), said("oauth_client", client="client-1")),
    ],
)
def test_what_is_not_the_very_credential_is_unknown_and_told_nothing(presented: Presented, answer: AccessAnswer) -> None:
    verdict = judged(presented, answer._replace(now=END - MILLISECOND))
    assert (verdict.reason, verdict.answer, verdict.expires_at) == ("unknown", None, None)


def test_a_reason_that_nobody_knows_is_no_permission() -> None:
    assert judged(Presented("api_key", CREDENTIAL, DIGEST), said("api_key", reason="glorious")).reason == "unknown"
