"""The link in each mail that ends them (RFC 8058): it works without signing in, and only for whom the mail was written to."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

LINK_KEY: Final = "unsubscribe-links"
"""The vault's name of the key that signs them."""
UUID_BYTES: Final = 16
SIGNATURE_BYTES: Final = 16
"""128 bits: nobody guesses one, and the link stays on one line."""


def token_for(key: bytes, recipient_id: UUID) -> str:
    """The last part of his link."""
    return base64.urlsafe_b64encode(recipient_id.bytes + _signature(key, recipient_id)).decode().rstrip("=")


def recipient_of(key: bytes, token: str) -> UUID | None:
    """Whose link it is; none where it is not one of ours."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != UUID_BYTES + SIGNATURE_BYTES:
        return None
    recipient_id = UUID(bytes=raw[:UUID_BYTES])
    return recipient_id if hmac.compare_digest(raw[UUID_BYTES:], _signature(key, recipient_id)) else None


def _signature(key: bytes, recipient_id: UUID) -> bytes:
    return hmac.digest(key, b"unsubscribe " + recipient_id.bytes, sha256)[:SIGNATURE_BYTES]
