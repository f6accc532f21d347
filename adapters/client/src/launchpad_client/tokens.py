"""What a token of Launchpad Apps looks like from outside: a compact JWS whose header and claims have our structure.

Nothing is proved here: anybody can write such a text. Whether it is genuine, only Launchpad Apps can tell.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

HEADER_LETTERS_MAX: Final = 300
"""Ours has algorithm, type and key id: some 120."""
CLAIMS_LETTERS_MAX: Final = 8_000
"""With all products that an app may have some 3,200; with what stands around them the whole still fits into a request's header."""
SIGNATURE_LETTERS: Final = 86
"""ES256: 64 bytes."""
TOKEN_LETTERS_MAX: Final = HEADER_LETTERS_MAX + CLAIMS_LETTERS_MAX + SIGNATURE_LETTERS + 2
_LETTERS: Final = "[A-Za-z0-9_-]"
FORM: Final = (
    rf"(eyJ{_LETTERS}{{1,{HEADER_LETTERS_MAX - 3}}})\.(eyJ{_LETTERS}{{1,{CLAIMS_LETTERS_MAX - 3}}})\.({_LETTERS}{{{SIGNATURE_LETTERS}}})"
)
"""Three parts of base64url; the first two are JSON objects."""
_FORM: Final = re.compile(FORM, re.ASCII)


class NotAToken(Exception):
    """A text that does not look like a token of ours; it is not repeated here, since it may be somebody's secret."""


@dataclass(frozen=True, slots=True)
class LikelyToken:
    """What a text says of itself that looks like a token of ours."""

    kind: str
    """`jwt` (a credential) or `access_token` (what our token endpoint gave to a client)."""
    credential_id: UUID
    """The credential itself, or the one that the access token was given for."""
    claims: dict[str, Any] = field(repr=False)


def read_token(text: str) -> LikelyToken:
    """Read a token's structure. Raises NotAToken."""
    found = _FORM.fullmatch(text) if len(text) <= TOKEN_LETTERS_MAX else None
    if found is None:
        raise NotAToken("this is not a signed token (three parts of base64url, separated by dots)")
    header, claims = _json_object(found[1]), _json_object(found[2])
    kind, names_credential = {"JWT": ("jwt", "jti"), "at+jwt": ("access_token", "credential_id")}.get(str(header.get("typ")), ("", ""))
    ours = header.get("alg") == "ES256" and isinstance(header.get("kid"), str)
    if not (kind and ours and isinstance(claims.get("iss"), str) and isinstance(claims.get("products"), list)):
        raise NotAToken("this token has not the structure of ours")
    return LikelyToken(kind, _uuid(claims.get(names_credential)), claims)


def _uuid(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise NotAToken("this token names no credential") from None


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotAToken("this token's header or claims are not a JSON object")
    return value
