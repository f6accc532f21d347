"""One signature, one text: beside an ECDSA signature (r, s), (r, n - s) is as valid; of the two, ours has the smaller s."""

from __future__ import annotations

import base64
from typing import Final

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (FIPS 186-4, D.1.2.3)."""
HALF: Final = 32
"""Bytes of r, and of s (RFC 7518, 3.4)."""


def with_smaller_s(token: str) -> str:
    """The same ES256 token, with the smaller s."""
    signed, _, encoded = token.rpartition(".")
    signature = base64.urlsafe_b64decode(encoded + "==")
    if _s(signature) <= P256_ORDER // 2:
        return token
    s = P256_ORDER - _s(signature)
    return f"{signed}.{base64.urlsafe_b64encode(signature[:HALF] + s.to_bytes(HALF)).rstrip(b'=').decode()}"


def has_smaller_s(token: str) -> bool:
    """Whether the signature of that token is 64 bytes whose s is the smaller one, and not 0."""
    try:
        signature = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
    except ValueError:
        return False
    return len(signature) == 2 * HALF and 0 < _s(signature) <= P256_ORDER // 2


def _s(signature: bytes) -> int:
    return int.from_bytes(signature[HALF:])
