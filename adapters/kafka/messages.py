"""A record on the commands topic as a request: CloudEvents 1.0 in binary mode, where attributes are headers and the value is the command.

Only what says whom to answer, and about what, is read here; the command itself and the token are the intake's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from adapters.intake import Request, claimed
from adapters.kafka.records import Record
from commands.outcome import FieldError
from domain.limits import MESSAGE_BYTES_MAX, NAME_CHARACTERS_MAX

SPECVERSION: Final = b"1.0"
CONTENT_TYPE: Final = b"application/json"
TEXT_CHARACTERS_MAX: Final = 255
"""Of an attribute that we keep: the same as over HTTP."""
AUTHORIZATION: Final = b"authorization"
ECHOED_BYTES_MAX: Final = 4 * TEXT_CHARACTERS_MAX
"""Of a key or an attribute that a reply repeats: longer ones, which no command may have, would make a reply that no topic takes."""
READ: Final = frozenset(
    (
        *(b"ce_id", b"ce_type", b"ce_specversion", b"ce_subject", b"ce_time", b"ce_replyto", b"ce_onbehalfof", b"ce_traceparent"),
        *(b"ce_correlationid", b"ce_causationid", b"content-type", AUTHORIZATION),
    )
)
"""The headers that mean something to us; each may be given once."""
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
Headers = Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Message:
    """A record that says whom to answer: with a request in it, or with what is wrong with it."""

    record: Record
    headers: Headers
    command_id: UUID | None
    """None where nobody can be answered."""
    request: Request | None
    errors: tuple[FieldError, ...] = ()

    @property
    def key(self) -> bytes | None:
        """The record's key, as far as a reply repeats it."""
        return _bounded(self.record.key)

    def echoed(self, name: bytes) -> bytes | None:
        """An attribute, as far as a reply repeats it."""
        return _bounded(self.headers.get(name))

    @property
    def sentence(self) -> str:
        """What is wrong, in a line."""
        return "; ".join(f"{error.field}: {error.reason}" if error.field else error.reason for error in self.errors)


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.error = FieldError(field, reason)


def read(record: Record) -> Message:
    """Read a record's attributes; one that can't be decoded comes back with the errors, and never raises."""
    headers = dict(record.headers)
    command_id = None
    try:
        _one_record(record)
        command_id = _command_id(headers.get(b"ce_id"))
        if len(headers) != len(record.headers):
            _no_name_twice(record)
        return Message(record, headers, command_id, _request(record, headers, command_id))
    except _Wrong as wrong:
        return Message(record, headers, command_id, None, (wrong.error,))


def _request(record: Record, headers: Headers, command_id: UUID) -> Request:
    if headers.get(b"ce_specversion") != SPECVERSION:
        raise _Wrong("ce_specversion", "must be 1.0: a command is a CloudEvent in binary mode")
    content_type = headers.get(b"content-type")
    if content_type is not None and content_type != CONTENT_TYPE and content_type.partition(b";")[0].strip().lower() != CONTENT_TYPE:
        raise _Wrong("content-type", "must be application/json: the value is the command itself, and its attributes are headers")
    name = _text(headers, b"ce_type", NAME_CHARACTERS_MAX)
    if name is None:
        raise _Wrong("ce_type", "is missing: it names the command, as in app.create.v1")
    if record.value is None:
        raise _Wrong("", "there is no value: it holds the command as JSON")
    if len(record.value) > MESSAGE_BYTES_MAX:
        raise _Wrong("", f"larger than {MESSAGE_BYTES_MAX} bytes")
    return Request(
        command_id,
        name,
        record.value,
        headers.get(AUTHORIZATION),
        _text(headers, b"ce_subject"),
        _text(headers, b"ce_onbehalfof"),
        _text(headers, b"ce_correlationid"),
        _text(headers, b"ce_causationid"),
        _time(headers),
        _text(headers, b"ce_traceparent"),
    )


def _bounded(value: bytes | None) -> bytes | None:
    return value if value is not None and len(value) <= ECHOED_BYTES_MAX else None


def _command_id(text: bytes | None) -> UUID:
    if text is None:
        raise _Wrong("ce_id", "is missing: it is the command's id, a UUID")
    if _UUID.fullmatch(text) is None:
        raise _Wrong("ce_id", "is no UUID, as in 7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11")
    return UUID(text.decode("ascii"))


def _text(headers: Headers, name: bytes, characters_max: int = TEXT_CHARACTERS_MAX) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _Wrong(name.decode(), "is not UTF-8") from None
    if not 0 < len(text) <= characters_max:
        raise _Wrong(name.decode(), f"has 1 to {characters_max} characters")
    if not text.isprintable():
        raise _Wrong(name.decode(), "holds characters that can't be printed")
    return text


def _time(headers: Headers) -> datetime | None:
    text = _text(headers, b"ce_time")
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise _Wrong("ce_time", "is no time with a time zone, as in 2026-03-01T12:00:00Z")
    try:
        return claimed(time)
    except ValueError as error:
        raise _Wrong("ce_time", str(error)) from None


def _one_record(record: Record) -> None:
    if record.trouble is not None:
        raise _Wrong("", record.trouble)


def _no_name_twice(record: Record) -> None:
    seen: set[bytes] = set()
    for name, _ in record.headers:
        if name in seen and name in READ:
            raise _Wrong(name.decode(), "is given twice")
        seen.add(name)
