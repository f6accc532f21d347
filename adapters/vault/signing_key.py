"""One of our signing keys, and what time makes of it: it waits, signs, only verifies, and is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from joserfc.jwk import ECKey

JWKS_MAX_AGE: Final = timedelta(minutes=5)
"""How long whoever fetched our key set may keep it (`Cache-Control: max-age`)."""
PUBLISHED_BEFORE: Final = timedelta(hours=1)
"""How long a new key is published before it signs: far longer than JWKS_MAX_AGE, as some verifiers keep key sets as they like."""


class KeyState(StrEnum):
    WAITING = "waiting"
    """Published, and signs later."""
    SIGNING = "signing"
    VERIFYING = "verifying"
    """Signs no more; published until the last token that it signed has expired."""
    DROPPED = "dropped"
    """In no key set any more: whatever it signed is refused."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with its life; `key` holds the private part only as long as it may sign."""

    kid: str
    key: ECKey
    made_at: datetime
    signs_from: datetime
    signs_until: datetime | None
    last_expiry: datetime | None
    """No token that it signed expires later; rounded up."""
    unpublished_at: datetime | None

    def state(self, now: datetime) -> KeyState:
        """Where in its life it is at that time."""
        if self.unpublished_at is not None:
            return KeyState.DROPPED
        if self.signs_until is None or now < self.signs_until:
            return KeyState.WAITING if now < self.signs_from else KeyState.SIGNING
        return KeyState.VERIFYING if self.last_expiry is not None and now < self.last_expiry else KeyState.DROPPED

    @property
    def public(self) -> dict[str, str]:
        """Its public part as one key of a JWKS (RFC 7517)."""
        parts = self.key.as_dict(private=False)
        return {name: str(parts[name]) for name in ("kty", "crv", "x", "y")} | {"kid": self.kid, "use": "sig", "alg": "ES256"}
