"""A presented text, read without asking anybody: which credential it claims to be, and how that will be proved."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

from adapters.identity.own_tokens import NotOurs, OwnToken, TokenKind
from launchpad_client import keys
from readmodels.access import AccessAnswer

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Tokens are read as of then: whether one has expired is said by the database's clock, never by ours."""
NO_DIGEST: Final = "0" * 64
"""Compared with where there is none, so that unknown takes as long as wrong."""
JWT_DOTS: Final = 2


class ReadsTokens(Protocol):
    """Reads the tokens that we sign. Raises NotOurs."""

    def read(self, text: str, now: datetime) -> OwnToken: ...


class Unreadable(Exception):
    """What opens nothing, whatever the database says: `reason` is malformed or unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Presented:
    """A well-formed credential or token."""

    kind: str
    """api_key, jwt or access_token."""
    credential_id: UUID
    digest: str
    token_id: UUID | None = None
    """An access token's own id."""
    client_id: str | None = None
    expires_at: datetime | None = None
    """When a token says that it ends."""

    def is_proved_by(self, answer: AccessAnswer) -> bool:
        """Whether the credential of that row is the one presented, and not just one with its id."""
        right = hmac.compare_digest(self.digest, answer.digest or NO_DIGEST)
        if self.kind == TokenKind.ACCESS_TOKEN:  # Its signature was verified, and its client's secret when it got the token.
            return answer.kind == "oauth_client" and answer.client_id == self.client_id
        return right and answer.digest is not None and answer.kind == self.kind


def read(text: str, tokens: ReadsTokens) -> Presented:
    """Read what was presented. A client secret is none: it gets a token, and opens nothing itself. Raises Unreadable."""
    if text.count(".") == JWT_DOTS:
        return _token(text, tokens)
    try:
        parsed = keys.parse(text)
    except keys.NotACredential:
        raise Unreadable("malformed") from None
    if parsed.kind != "api_key":
        raise Unreadable("malformed")
    return Presented(parsed.kind, parsed.credential_id, parsed.digest)


def _token(text: str, tokens: ReadsTokens) -> Presented:
    try:
        token = tokens.read(text, BEGINNING)
        token_id = UUID(token.claims["jti"]) if token.kind is TokenKind.ACCESS_TOKEN else None
    except NotOurs as no:
        raise Unreadable(no.reason) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Unreadable("malformed") from None
    return Presented(token.kind.value, token.credential_id, token.digest, token_id, token.client_id, token.expires_at)
