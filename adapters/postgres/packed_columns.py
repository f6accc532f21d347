"""Values as PostgreSQL's binary format has them, packed by hand: several times faster than one adapter call for each value."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

NULL: Final = b"\xff\xff\xff\xff"
"""In place of a length: minus one."""
COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER: Final = b"\xff\xff"
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What PostgreSQL counts time from."""
MICROSECOND: Final = timedelta(microseconds=1)

_length = struct.Struct(">i").pack
_eight = struct.Struct(">iq").pack
_four = struct.Struct(">ii").pack
_array_header = struct.Struct(">iiIii").pack
_SIXTEEN: Final = _length(16)
_LENGTHS: Final = tuple(map(_length, range(1024)))  # Most texts and events are no longer than that.
_TRUE: Final = _length(1) + b"\1"
_FALSE: Final = _length(1) + b"\0"

Packed = list[bytes]
"""A column's values, each after its length."""


class PackedArray(bytes):
    """A whole array in binary format: sent as it is, or passed as `%b` with a cast to its type on a connection that `knows_arrays`."""

    __slots__ = ()


class _PackedArrayDumper(Dumper):
    format = pq.Format.BINARY
    oid = 0  # The cast in the statement says the type.

    def dump(self, obj: bytes) -> bytes:
        return obj


def knows_arrays(connection: psycopg.Connection[Any]) -> None:
    """Let this connection take packed arrays as parameters."""
    connection.adapters.register_dumper(PackedArray, _PackedArrayDumper)


def _text(values: Iterable[str | None]) -> Packed:
    return _bytea([None if value is None else value.encode() for value in values])


def _bytea(values: Iterable[bytes | None]) -> Packed:
    few = _LENGTHS
    return [NULL if raw is None else (few[n] if (n := len(raw)) < len(few) else _length(n)) + raw for raw in values]


def _uuid(values: Iterable[UUID | None]) -> Packed:
    return [NULL if value is None else _SIXTEEN + value.int.to_bytes(16, "big") for value in values]


def uuid_text(values: Iterable[str]) -> Packed:
    """Pack a key's ids, which rows hold as text."""
    return [_SIXTEEN + bytes.fromhex(value.replace("-", "")) for value in values]


def _timestamptz(values: Iterable[datetime | None]) -> Packed:
    return [NULL if value is None else _eight(8, (value - EPOCH) // MICROSECOND) for value in values]


def _jsonb(values: Iterable[object]) -> Packed:
    raws = [None if value is None else orjson.dumps(value) for value in values]
    return [NULL if raw is None else _length(len(raw) + 1) + b"\1" + raw for raw in raws]


def _bool(values: Iterable[bool | None]) -> Packed:
    return [NULL if value is None else _TRUE if value else _FALSE for value in values]


def _bigint(values: Iterable[int | None]) -> Packed:
    return [NULL if value is None else _eight(8, value) for value in values]


def _integer(values: Iterable[int | None]) -> Packed:
    return [NULL if value is None else _four(4, value) for value in values]


PACKERS: Final[dict[str, Callable[[Iterable[Any]], Packed]]] = {
    "text": _text,
    "bytea": _bytea,
    "uuid": _uuid,
    "timestamptz": _timestamptz,
    "jsonb": _jsonb,
    "bool": _bool,
    "int8": _bigint,
    "int4": _integer,
}
"""By the type's name in PostgreSQL's catalogue. A column of another type needs a packer here, and a line in its test."""


TYPES: Final = {"text": 25, "bytea": 17, "uuid": 2950, "timestamptz": 1184, "int8": 20}
"""The numbers that PostgreSQL has given its own types for ever."""


def packed_array(type_name: str, values: Iterable[Any]) -> PackedArray:
    """Pack values of one of `TYPES` into an array."""
    return array(TYPES[type_name], PACKERS[type_name](values))


def array(type_oid: int, packed: Packed) -> PackedArray:
    """Put a packed column into one array."""
    if not packed:
        return PackedArray(_array_header(0, 0, type_oid, 0, 0)[:12])  # An empty array has no dimension.
    return PackedArray(_array_header(1, 1, type_oid, len(packed), 1) + b"".join(packed))


def copy_rows(columns: Sequence[Packed]) -> bytes:
    """Put packed columns into rows of a binary COPY, without its header and trailer."""
    before = struct.pack(">h", len(columns))
    return b"".join([before + b"".join(row) for row in zip(*columns, strict=True)])
