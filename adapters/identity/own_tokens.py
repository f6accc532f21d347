"""The tokens that we sign: jwt credentials, and OAuth clients' access tokens. They tell who it is; the access check tells whether."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from joserfc import jws, jwt
from joserfc.errors import JoseError

from adapters.identity.claims import LEEWAY_SECONDS, TIME_MAX
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.signature_form import has_smaller_s, with_smaller_s
from adapters.identity.token_form import TokenParts, take_apart
from adapters.vault.signing_keys import SigningKeys

ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=5)
"""Whoever checks offline hears of a revocation only when it ends."""
READ_MAX: Final = 10_000
"""Tokens remembered as read, some 10 MB; more only pay for the signature again."""
CREDENTIAL_TYPE: Final = "jwt"
ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a type
ALGORITHM: Final = "ES256"
_REGISTRY: Final = jws.JWSRegistry(algorithms=[ALGORITHM])


class TokenKind(StrEnum):
    """The kinds of token that we sign."""

    JWT = "jwt"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind


class NotOurs(Exception):
    """A token that opens nothing, whatever any database says: `reason` is malformed, unknown or expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OwnToken:
    """What a token of ours says, its signature verified."""

    kind: TokenKind
    credential_id: UUID
    digest: str
    """SHA-256 of its text, in hex: a jwt credential is the one text whose digest was recorded."""
    app_id: UUID
    client_id: str | None
    """The OAuth client that got an access token."""
    valid_from: datetime
    expires_at: datetime
    claims: dict[str, Any]

    def check_time(self, now: datetime) -> None:
        """Pass if it is valid then: to the very moment at its end, with some leeway at its beginning. Raises NotOurs."""
        if self.expires_at <= now:
            raise NotOurs("expired")
        if self.valid_from > now + timedelta(seconds=LEEWAY_SECONDS):
            raise NotOurs("unknown")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A new access token."""

    text: str
    expires_in: int
    """Seconds."""


class OwnTokens:
    """Signs and reads the tokens of this installation. Safe to share between threads."""

    def __init__(self, keys: SigningKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._read: OrderedDict[bytes, tuple[OwnToken, int]] = OrderedDict()
        self._lock = threading.Lock()

    def sign_credential(
        self, credential_id: UUID, *, app_id: UUID, products: Iterable[UUID], issued_at: datetime, expires_at: datetime
    ) -> str:
        """A jwt credential. Its products are those of the moment, for whoever checks offline."""
        claims = {
            "iss": self._issuer,
            "sub": str(app_id),
            "aud": self._audience,
            "jti": str(credential_id),
            "products": [str(product) for product in products],
            "iat": int(issued_at.timestamp()),
            "nbf": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return self._signed("JWT", claims, expires_at)

    def sign_access_token(
        self, credential_id: UUID, *, app_id: UUID, client_id: str, products: Iterable[UUID], now: datetime, ends_at: datetime | None
    ) -> AccessToken:
        """An access token (RFC 9068) for the client whose secret was checked at that time; it never outlives the secret."""
        until = now + ACCESS_TOKEN_LIFETIME if ends_at is None else min(now + ACCESS_TOKEN_LIFETIME, ends_at)
        issued, expires = int(now.timestamp()), int(until.timestamp())
        claims = {
            "iss": self._issuer,
            "sub": client_id,
            "client_id": client_id,
            "aud": self._audience,
            "jti": str(uuid4()),
            "iat": issued,
            "exp": expires,
            "app_id": str(app_id),
            "credential_id": str(credential_id),
            "products": [str(product) for product in products],
        }
        left = int(expires - now.timestamp())  # Whole seconds, and never one that it does not have.
        return AccessToken(self._signed(ACCESS_TOKEN_TYPE, claims, until), max(0, left))

    def read(self, text: str, now: datetime) -> OwnToken:
        """What a token of ours says, if it is valid at that time. Raises NotOurs."""
        token = self.recognise(text)
        token.check_time(now)
        return token

    def recognise(self, text: str) -> OwnToken:
        """What a token of ours says, at whatever time: who asks the database for the time has yet to `check_time`. Raises NotOurs."""
        try:
            digest = sha256(text.encode("ascii"))
        except UnicodeEncodeError:
            raise NotOurs("malformed") from None
        hit = self._read.get(digest.digest())
        if hit is None or hit[1] != self._keys.generation:
            return self._verified(text, digest.hexdigest())
        with suppress(KeyError):  # Another thread put it out a moment ago.
            self._read.move_to_end(digest.digest())
        return hit[0]

    def jwks(self) -> dict[str, Any]:
        """Our public keys, as a JWKS (RFC 7517)."""
        return {"keys": [key.public for key in self._keys.published()]}

    def _signed(self, token_type: str, claims: dict[str, Any], until: datetime) -> str:
        key = self._keys.signing(until)
        return with_smaller_s(jwt.encode({"alg": ALGORITHM, "typ": token_type, "kid": key.kid}, claims, key.key))

    def _verified(self, text: str, digest: str) -> OwnToken:
        try:
            parts = take_apart(text, {CREDENTIAL_TYPE, ACCESS_TOKEN_TYPE})
        except NotAuthenticated as no:
            raise NotOurs("unknown" if no.code in {"key_unknown", "issuer_unknown"} else "malformed") from None
        found = self._keys.find(parts.kid) if parts.issuer == self._issuer and parts.algorithm == ALGORITHM else None
        if found is None:
            raise NotOurs("unknown")
        key, generation = found
        if not has_smaller_s(text):
            raise NotOurs("unknown")
        try:
            jws.deserialize_compact(text, key, algorithms=[ALGORITHM], registry=_REGISTRY)
        except (JoseError, ValueError):
            raise NotOurs("unknown") from None
        token = _token(parts, digest, self._audience)
        with self._lock:
            self._read[bytes.fromhex(digest)] = (token, generation)
            while len(self._read) > READ_MAX:
                self._read.popitem(last=False)
        return token


def _token(parts: TokenParts, digest: str, audience: str) -> OwnToken:
    """Read claims that we signed ourselves; what is not as we write it was never meant for this. Raises NotOurs."""
    claims = parts.claims
    kind = TokenKind.JWT if parts.type == CREDENTIAL_TYPE else TokenKind.ACCESS_TOKEN
    credential, app = ("jti", "sub") if kind is TokenKind.JWT else ("credential_id", "app_id")
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    not_before = _time(claims, "nbf") if kind is TokenKind.JWT or "nbf" in claims else issued
    client_id = claims.get("client_id") if kind is TokenKind.ACCESS_TOKEN else None
    if claims.get("aud") != audience or (kind is TokenKind.ACCESS_TOKEN and not isinstance(client_id, str)):
        raise NotOurs("unknown")
    try:
        ids = UUID(claims[credential]), UUID(claims[app])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotOurs("unknown") from None
    return OwnToken(kind, ids[0], digest, ids[1], client_id, max(issued, not_before), expires, claims)


def _time(claims: dict[str, Any], name: str) -> datetime:
    """Whole seconds, as we write them."""
    seconds = claims.get(name)
    if type(seconds) is not int or not 0 <= seconds <= TIME_MAX:
        raise NotOurs("unknown")
    return datetime.fromtimestamp(seconds, UTC)
