"""A presented text, read without asking anybody: which credential it claims to be, and how that will be proved."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from adapters.identity.own_tokens import NotOurs, OwnToken, TokenKind
from launchpad_client import keys
from readmodels.access import AccessAnswer

NO_DIGEST: Final = "0" * 64
"""Compared with where there is none, so that unknown takes as long as wrong."""
JWT_DOTS: Final = 2


class ReadsTokens(Protocol):
    """Reads the tokens that we sign. Raises NotOurs."""

    def recognise(self, text: str) -> OwnToken: ...


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
    token: OwnToken | None = None
    """What a jwt or an access token says, its signature verified."""
    token_id: UUID | None = None
    """An access token's own id."""

    @property
    def digest_of_row(self) -> str | None:
        """The digest that the credential's row must have; none for an access token, whose client's secret was checked when it got it."""
        return None if self.kind == TokenKind.ACCESS_TOKEN else self.digest

    def is_proved_by(self, answer: AccessAnswer) -> bool:
        """Whether the credential of that row is the one presented, and not just one with its id."""
        right = hmac.compare_digest(self.digest, answer.digest or NO_DIGEST)
        if self.token is not None and self.token.app_id != answer.app_id:
            return False
        if self.token is not None and self.token.kind is TokenKind.ACCESS_TOKEN:  # Its client's secret was checked when it got it.
            return answer.kind == "oauth_client" and answer.client_id == self.token.client_id
        return right and answer.digest is not None and answer.kind == self.kind

    def ends(self, answer: AccessAnswer) -> list[datetime]:
        """When time will end it."""
        known = answer.ends_at, None if self.token is None else self.token.expires_at
        return [end for end in known if end is not None]

    def reason_in_time(self, now: datetime) -> str | None:
        """Why a token opens nothing at that time, whatever its credential does."""
        try:
            if self.token is not None:
                self.token.check_time(now)
        except NotOurs as no:
            return no.reason
        return None


def looks_like_token(text: str) -> bool:
    """Whether that has the three parts of a signed token."""
    return text.count(".") == JWT_DOTS


def read(text: str, tokens: ReadsTokens) -> Presented:
    """Read what was presented. A client secret is none: it gets a token, and opens nothing itself. Raises Unreadable."""
    if looks_like_token(text):
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
        token = tokens.recognise(text)
        token_id = UUID(token.claims["jti"]) if token.kind is TokenKind.ACCESS_TOKEN else None
    except NotOurs as no:
        raise Unreadable(no.reason) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Unreadable("malformed") from None
    return Presented(token.kind.value, token.credential_id, token.digest, token, token_id)
