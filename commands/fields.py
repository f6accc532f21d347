"""The types of commands' fields: every constraint on what people may send, once."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from domain.limits import (
    APP_ATTRIBUTES_MAX,
    APP_CALLBACK_URLS_MAX,
    APP_PRODUCTS_MAX,
    ATTRIBUTE_NAME_BYTES_MAX,
    ATTRIBUTE_VALUE_BYTES_MAX,
    CALLBACK_URL_CHARACTERS_MAX,
    DESCRIPTION_CHARACTERS_MAX,
    EMAIL_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    OVERLAP_MAX,
    REASON_CHARACTERS_MAX,
)

T = TypeVar("T")

ONE_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"
"""No control characters: PostgreSQL's jsonb refuses U+0000, and a name with a line break forges lines in lists and mails."""
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=ONE_LINE)]
Category = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_CHARACTERS_MAX, pattern=ONE_LINE)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=DESCRIPTION_CHARACTERS_MAX, pattern=LINES)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_CHARACTERS_MAX, pattern=LINES)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=EMAIL_CHARACTERS_MAX, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")
]
SHA256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Overlap = Annotated[timedelta, Field(ge=timedelta(0), le=OVERLAP_MAX)]
"""ISO 8601, as in PT24H."""
Expiry = AwareDatetime


def _bytes_at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) * 4 > limit and len(text.encode()) > limit:
            raise ValueError(f"at most {limit} bytes of UTF-8")
        return text

    return AfterValidator(check)


AttributeName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=ONE_LINE), _bytes_at_most(ATTRIBUTE_NAME_BYTES_MAX)
]
AttributeValue = Annotated[str, StringConstraints(pattern=LINES), _bytes_at_most(ATTRIBUTE_VALUE_BYTES_MAX)]
Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=APP_ATTRIBUTES_MAX)]


def _callback_url(text: str) -> str:
    """Take a redirect URI as OAuth's best practice allows it (RFC 9700, RFC 8252): https, or http on a loopback IP."""
    if not text.isascii() or any(character in text for character in ' <>"\\^`{|}*'):
        raise ValueError("a callback URL holds only URL characters and no wildcard; write other characters percent-encoded")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("not a URL: its host or port can't be read") from error
    if not parts.hostname or parts.hostname.strip(".") == "":
        raise ValueError("a callback URL is absolute: https://host/path")
    if "@" in parts.netloc:
        raise ValueError("a callback URL has no user info (user:password@)")
    if "#" in text:
        raise ValueError("a callback URL has no fragment (#...)")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("the port is from 1 to 65535")
    if parts.scheme == "https" and text.startswith("https://"):
        return text
    if parts.scheme == "http" and text.startswith("http://") and _is_loopback(parts.hostname):
        return text
    raise ValueError("a callback URL is https, or http on a loopback IP (127.0.0.1, [::1])")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # `localhost` is a name: whoever answers for it gets the token.


CallbackUrl = Annotated[str, StringConstraints(max_length=CALLBACK_URL_CHARACTERS_MAX), AfterValidator(_callback_url)]


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


CallbackUrls = Annotated[tuple[CallbackUrl, ...], Field(max_length=APP_CALLBACK_URLS_MAX), AfterValidator(_distinct)]
Products = Annotated[tuple[UUID, ...], Field(max_length=APP_PRODUCTS_MAX), AfterValidator(_distinct)]
SomeProducts = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=APP_PRODUCTS_MAX), AfterValidator(_distinct)]
SomeAttributes = Annotated[dict[AttributeName, AttributeValue], Field(min_length=1, max_length=APP_ATTRIBUTES_MAX)]
SomeAttributeNames = Annotated[tuple[AttributeName, ...], Field(min_length=1, max_length=APP_ATTRIBUTES_MAX), AfterValidator(_distinct)]
