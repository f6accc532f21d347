"""From claims whose signature was verified to a principal. Whatever is not clearly said gives no right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from adapters.identity.not_authenticated import NotAuthenticated
from commands.principal import EVERYONE, SYSTEM, Everyone, Principal, Role, person, person_id, service

LEEWAY_SECONDS: Final = 30
"""How far the clocks of issuer and server may lie apart."""
TIME_MAX: Final = 253_402_300_799
"""The end of the year 9999: what lies beyond is a mistake (milliseconds, most often)."""
PERSONS_ROLES: Final = frozenset({Role.PORTAL_ADMIN, Role.AUDITOR, Role.ANALYST})
"""A person is never a gateway, nor the system."""
_ROLES: Final = frozenset(role.value for role in Role)
_SUBJECT: Final = re.compile(r"[\x21-\x7e]{1,255}")
"""Printable ASCII without spaces (OpenID Connect Core, section 2: at most 255): it may stand in the log as it is."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's name and e-mail address (OpenID Connect Core, section 5.1): for his registration, and never for the log's principal."""

    name: str = field(repr=False)
    email: str = field(repr=False)


def profile_from(claims: dict[str, Any]) -> Profile | None:
    """The profile in claims whose signature was verified; none where one of its two parts is missing."""
    name, email = claims.get("name"), claims.get("email")
    return Profile(name, email) if isinstance(name, str) and isinstance(email, str) else None


def principal_from(claims: dict[str, Any], audience: str, now: float, *, may_be_system: bool) -> tuple[Principal, float]:
    """The principal, and until when the token proves him (UNIX time). Raises NotAuthenticated."""
    meant_for = claims.get("aud")
    if audience not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        raise NotAuthenticated("audience_wrong", f"the token is not meant for us: its audience (aud) must be {audience}")
    valid_until = _valid_until(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise _wrong("sub must be 1 to 255 printable ASCII characters without spaces")
    roles = _roles(claims.get("roles", []))
    match claims.get("kind"):
        case "person":
            if not roles <= PERSONS_ROLES:
                raise _wrong("a person can't hold the role gateway or system")
            # A person acts for himself alone: may_act gives him nothing.
            return person(person_id(claims["iss"], subject), roles), valid_until
        case "service":
            if not may_be_system and Role.SYSTEM in roles:
                raise _wrong("only our own issuer speaks for the system")
            # Two issuers may each have a `billing`: the log tells them apart, as it does persons.
            may_act, products = _may_act(claims.get("may_act", [])), _products(claims.get("products", []))
            return service(f"{subject}@{claims['iss']}", roles, may_act, products), valid_until
        case "system" if may_be_system and subject == "system":
            return SYSTEM, valid_until
    raise _wrong('kind must be "person" or "service"')


def _valid_until(claims: dict[str, Any], now: float) -> float:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires is None or issued is None:
        raise _wrong("exp and iat are required")
    if now >= expires + LEEWAY_SECONDS:
        raise NotAuthenticated("expired", "the token has expired; get a new one")
    not_before = _time(claims, "nbf")
    if issued > now + LEEWAY_SECONDS or (not_before is not None and not_before > now + LEEWAY_SECONDS):
        raise NotAuthenticated("not_yet_valid", "the token is not valid yet (iat, nbf); compare the clocks of issuer and server")
    if expires <= issued:
        raise _wrong("exp must lie after iat")
    return expires + LEEWAY_SECONDS


def _time(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= TIME_MAX:
        raise _wrong(f"{name} must be a time in seconds since 1970")
    return float(value)


def _roles(value: object) -> frozenset[Role]:
    """A role that we don't know belongs to another system of the same issuer."""
    return frozenset(Role(role) for role in _texts(value, "roles") if role in _ROLES)


def _may_act(value: object) -> frozenset[str] | Everyone:
    names = _texts(value, "may_act")
    if names == ["*"]:
        return EVERYONE
    try:
        return frozenset(str(UUID(name)) for name in names)
    except ValueError:
        raise _wrong('may_act must list developer ids (UUIDs), or be ["*"]') from None


def _products(value: object) -> frozenset[UUID] | Everyone:
    names = _texts(value, "products")
    if names == ["*"]:
        return EVERYONE
    try:
        return frozenset(map(UUID, names))
    except ValueError:
        raise _wrong('products must list product ids (UUIDs), or be ["*"]') from None


def _texts(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(f"{name} must be a list of texts")
    return value


def _wrong(what: str) -> NotAuthenticated:
    return NotAuthenticated("claims_wrong", f"the token's claims are not as agreed: {what}")
