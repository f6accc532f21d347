"""The form of a token, before any key is touched: what is not exactly a signed access token is refused here."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from adapters.identity.not_authenticated import NotAuthenticated

TOKEN_BYTES_MAX: Final = 8192
"""What web servers accept as a header."""
ALGORITHMS: Final = ("ES256", "RS256")
"""Signatures with a public key only; never what the token itself would like (`none`, HS256 with our public key as the secret)."""
HEADER_NAMES: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""Anything else (jwk, jku, x5u, x5c, crit, b64, zip, ...) brings keys or meanings of its own."""
ACCESS_TOKEN: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068: an access token says so; an ID token or a credential of ours is none."""
_FORM: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class TokenParts:
    """What an unverified token says."""

    algorithm: str
    type: str
    """In lower case."""
    kid: str
    issuer: str
    claims: dict[str, Any]


def take_apart(token: str, types: Collection[str] = ACCESS_TOKEN) -> TokenParts:
    """Read header and claims of a compact JWS of one of these types. Proves nothing yet. Raises NotAuthenticated."""
    if len(token) > TOKEN_BYTES_MAX:
        raise NotAuthenticated("token_too_large", f"the token is larger than {TOKEN_BYTES_MAX} bytes")
    found = _FORM.fullmatch(token)
    if found is None:
        raise NotAuthenticated("token_malformed", "the token is not a signed JWT (three parts of base64url, separated by dots)")
    header = _json_object(found[1])
    if header.get("alg") not in ALGORITHMS:
        raise NotAuthenticated("algorithm_not_allowed", f"the token must be signed with {' or '.join(ALGORITHMS)}")
    if not HEADER_NAMES.issuperset(header):
        raise NotAuthenticated("header_not_allowed", f"the token's header may hold only {', '.join(sorted(HEADER_NAMES))}")
    token_type = header.get("typ")
    if not isinstance(token_type, str) or token_type.lower() not in types:
        raise NotAuthenticated("type_not_allowed", "the token's header must say that it is an access token (typ: at+jwt)")
    if not _is_canonical(found[3]):
        raise NotAuthenticated("token_malformed", "the token's signature is not written as base64url has it: some letter was changed")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise NotAuthenticated("key_unknown", "the token's header names no key (kid)")
    claims = _json_object(found[2])
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        raise NotAuthenticated("issuer_unknown", "the token names no issuer (iss)")
    return TokenParts(header["alg"], token_type.lower(), kid, issuer, claims)


def _is_canonical(segment: str) -> bool:
    """Whether its last letter has no bits that mean nothing: else one signature could be written in several ways (RFC 4648, 3.5)."""
    try:
        return base64.urlsafe_b64encode(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))).rstrip(b"=") == segment.encode()
    except ValueError:
        return False


def _json_object(segment: str) -> dict[str, Any]:
    """Strict: UTF-8, no NaN, no name twice (two readers would see two different tokens)."""
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        value = json.loads(raw.decode(), object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotAuthenticated("token_malformed", "the token's header or claims are not a JSON object")
    return value


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name twice")
    return names


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
