"""App data as files: CSV for spreadsheets, NDJSON for programs, Parquet for analysts. Written piece by piece, so that memory stays flat."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
import pyarrow as pa  # type: ignore[import-untyped] # it has no types of its own
import pyarrow.parquet as pq  # type: ignore[import-untyped] # as above

from readmodels.exported_apps import ExportedApp

ROWS_OF_A_PIECE: Final = 1_000
ROWS_OF_A_GROUP: Final = 10_000
"""Of Parquet: a group is compressed as a whole, some MB of apps."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - as wide as others write them
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""


class Format(StrEnum):
    """The forms of an export."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


MEDIA_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_TIME: Final = pa.timestamp("us", tz="UTC")
_TEXTS: Final = pa.list_(pa.string())
SCHEMA: Final = pa.schema(
    [
        pa.field("app_id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("status_reason", pa.string()),
        pa.field("owner_kind", pa.string(), nullable=False),
        pa.field("owner_id", pa.string(), nullable=False),
        pa.field("owner_name", pa.string()),
        pa.field("created_at", _TIME, nullable=False),
        pa.field("changed_at", _TIME, nullable=False),
        pa.field("callback_urls", _TEXTS, nullable=False),
        pa.field("attributes", pa.map_(pa.string(), pa.string()), nullable=False),
        pa.field("products_approved", _TEXTS, nullable=False),
        pa.field("products_pending", _TEXTS, nullable=False),
        pa.field("credentials_live", pa.int64(), nullable=False),
        pa.field("next_expiry_at", _TIME),
    ]
)


def exported(rows: Iterable[ExportedApp], form: Format) -> Iterator[bytes]:
    """Write the rows in that form, a piece at a time."""
    match form:
        case Format.CSV:
            return _csv(rows)
        case Format.NDJSON:
            return _ndjson(rows)
        case Format.PARQUET:
            return _parquet(rows)


def _csv(rows: Iterable[ExportedApp]) -> Iterator[bytes]:
    """RFC 4180, with every cell in quotes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(ExportedApp._fields)
    yield _taken(text)
    for some in _pieces(rows, ROWS_OF_A_PIECE):
        writer.writerows([_cell(value) for value in row] for row in some)
        yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written


def _cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, (tuple, dict)):
        text = orjson.dumps(value).decode()
    else:
        text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(FORMULA) else text


def _ndjson(rows: Iterable[ExportedApp]) -> Iterator[bytes]:
    for some in _pieces(rows, ROWS_OF_A_PIECE):
        yield b"".join(orjson.dumps(row._asdict(), option=orjson.OPT_APPEND_NEWLINE) for row in some)


def _parquet(rows: Iterable[ExportedApp]) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer:
        for some in _pieces(rows, ROWS_OF_A_GROUP):
            columns = [[_stored(value) for value in column] for column in zip(*some, strict=True)]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
            yield sink.taken()
    yield sink.taken()


def _stored(value: Any) -> Any:  # noqa: ANN401 - a cell of any column
    if isinstance(value, UUID):
        return str(value)
    return list(value.items()) if isinstance(value, dict) else value


class _Sink(io.RawIOBase):
    """Where a file is written to that nobody keeps: what is written is taken away, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, piece: Any) -> int:  # noqa: ANN401 - any buffer
        written = bytes(piece)
        self._written.append(written)
        self._position += len(written)
        return len(written)

    def taken(self) -> bytes:
        """What was written since the last time."""
        written, self._written = self._written, []
        return b"".join(written)


def _pieces(rows: Iterable[ExportedApp], size: int) -> Iterator[Sequence[ExportedApp]]:
    rest = iter(rows)
    while some := list(islice(rest, size)):
        yield some
