"""The types of commands' fields: every constraint on what people may send, once."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from domain.limits import (
    APP_ATTRIBUTES_MAX,
    APP_CALLBACK_URLS_MAX,
    APP_PRODUCTS_MAX,
    ATTRIBUTE_NAME_BYTES_MAX,
    ATTRIBUTE_VALUE_BYTES_MAX,
    CALLBACK_URL_CHARACTERS_MAX,
    DESCRIPTION_CHARACTERS_MAX,
    EMAIL_CHARACTERS_MAX,
    EXPIRY_MAX,
    NAME_CHARACTERS_MAX,
    OVERLAP_MAX,
    REASON_CHARACTERS_MAX,
)
from domain.visible import visible

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """A pattern that is told in a sentence, where it is not kept to, rather than as it stands. It is checked in Rust all the same."""

    pattern: str
    otherwise: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own
        kept_to = core_schema.str_schema(pattern=self.pattern)
        told = core_schema.custom_error_schema(kept_to, "wrongly_written", custom_error_message=self.otherwise)
        return core_schema.chain_schema([handler(source), told])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"pattern": self.pattern}


ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
"""No control characters: PostgreSQL's jsonb refuses U+0000, a line break in a name forges lines in lists and mails, and a change of the
writing direction makes a name look like another."""
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
OneLine = Written(ONE_LINE, "holds a control character, a line break or one that changes the writing direction")
Lines = Written(LINES, "holds a control character; line breaks and tabs are fine")


def _shows_something(text: str) -> str:
    if not text.isascii() and not visible(text).strip():
        raise ValueError("has no character that anybody sees")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS_MAX),
    OneLine,
    AfterValidator(_shows_something),
]
Category = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_CHARACTERS_MAX), OneLine]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=DESCRIPTION_CHARACTERS_MAX), Lines]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_CHARACTERS_MAX), Lines]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EMAIL_CHARACTERS_MAX),
    Written(r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", "is no e-mail address: one @ with something on both sides, and no white space"),
]
SHA256Hex = Annotated[str, Written(r"^[0-9a-f]{64}$", "is no SHA-256 digest: 64 hexadecimal digits in lower case")]
Overlap = Annotated[timedelta, Field(ge=timedelta(0), le=OVERLAP_MAX)]
"""ISO 8601, as in PT24H."""


def _written_out(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value):
        return value
    raise ValueError("a time is written as 2026-03-01T12:00:00Z")  # A number, even as text, would be taken for seconds or milliseconds.


def _before_the_last(time: datetime) -> datetime:
    if time >= EXPIRY_MAX:
        raise ValueError(f"an expiry or a deadline lies before {EXPIRY_MAX:%Y}; where there is none, leave it out")
    return time


Expiry = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_before_the_last)]


def _bytes_at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) * 4 > limit and len(text.encode()) > limit:
            raise ValueError(f"at most {limit} bytes of UTF-8")
        return text

    return AfterValidator(check)


def _no_outer_space(text: str) -> str:
    if text != text.strip():  # Stripped silently, two names of one request could become one.
        raise ValueError("begins or ends with white space")
    return text


AttributeName = Annotated[
    str, StringConstraints(min_length=1), OneLine, AfterValidator(_no_outer_space), _bytes_at_most(ATTRIBUTE_NAME_BYTES_MAX)
]
AttributeValue = Annotated[str, Lines, _bytes_at_most(ATTRIBUTE_VALUE_BYTES_MAX)]
Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=APP_ATTRIBUTES_MAX)]


URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?](?:[A-Za-z0-9._~!$&'()+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
"""What RFC 3986 allows, less what a redirect URI may not have. Written out, since parsers forgive, and each in its own way."""
PORT_MAX = 65_535
LOOPBACK = {4: ipaddress.ip_network("127.0.0.0/8"), 6: ipaddress.ip_network("::1")}
"""Written out: what Python calls loopback changes between its versions (IPv4 addresses inside of IPv6 ones)."""


def _callback_url(text: str) -> str:
    """Take a redirect URI as OAuth's best practice allows it (RFC 9700, RFC 8252): https, or http on a loopback IP."""
    authority = text.partition("//")[2].partition("/")[0].partition("?")[0]
    if "#" in text:
        raise ValueError("a callback URL has no fragment (#...)")
    if "@" in authority:
        raise ValueError("a callback URL has no user info (user:password@)")
    if "*" in text:
        raise ValueError("a callback URL has no wildcard: each is compared whole")
    url = URL.fullmatch(text)
    if url is None:
        raise ValueError("not an absolute URL, https://host/path; other characters than a URL's are percent-encoded, a host's in punycode")
    if url["port"] and not 1 <= int(url["port"]) <= PORT_MAX:
        raise ValueError(f"the port is from 1 to {PORT_MAX}")
    address = _address(url["host"])
    if url["scheme"] == "http" and (address is None or address not in LOOPBACK[address.version]):
        raise ValueError("a callback URL is https, or http on a loopback IP (127.0.0.1, [::1])")
    return text


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an IP address; none for a name. `localhost` is a name too: whoever answers for it gets the token."""
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host[1:-1])
        return ipaddress.IPv4Address(host) if NUMBER.fullmatch(host.rpartition(".")[2]) else None
    except ValueError as error:
        raise ValueError("the host looks like an IP address, and is none") from error


NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
"""A host that ends so is an IPv4 address to browsers, in spellings that others read as something else."""

CallbackUrl = Annotated[str, StringConstraints(max_length=CALLBACK_URL_CHARACTERS_MAX), AfterValidator(_callback_url)]


def distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse what names something twice."""
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


CallbackUrls = Annotated[tuple[CallbackUrl, ...], Field(max_length=APP_CALLBACK_URLS_MAX), AfterValidator(distinct)]
Products = Annotated[tuple[UUID, ...], Field(max_length=APP_PRODUCTS_MAX), AfterValidator(distinct)]
SomeProducts = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=APP_PRODUCTS_MAX), AfterValidator(distinct)]
SomeAttributes = Annotated[dict[AttributeName, AttributeValue], Field(min_length=1, max_length=APP_ATTRIBUTES_MAX)]
AttributeChanges = Annotated[dict[AttributeName, AttributeValue | None], Field(max_length=2 * APP_ATTRIBUTES_MAX)]
"""All that an app may have removed, and as many set in their place."""
SomeAttributeNames = Annotated[tuple[AttributeName, ...], Field(min_length=1, max_length=APP_ATTRIBUTES_MAX), AfterValidator(distinct)]
