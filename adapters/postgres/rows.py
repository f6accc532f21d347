"""Rows of a read model's tables in bulk: read those that a page touches, write those that it changed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from adapters.postgres.packed_columns import COPY_HEADER, COPY_TRAILER, PACKERS, Packed, PackedArray, array, copy_rows, uuid_text
from adapters.postgres.stopped import TableMismatch
from projections.projection import Projection

ROWS_PER_STATEMENT_MAX: Final = 5_000
"""Arrays of some megabytes: PostgreSQL holds a statement's parameters in memory."""
ROWS_PER_COPY_MESSAGE: Final = 1_000
"""PostgreSQL writes one message's rows while we pack the next."""

_COLUMNS: Final = """
    SELECT a.attname, t.typname, t.oid, coalesce(a.attnum = ANY (i.indkey), false)
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""

Rows = Mapping[Hashable, Any]
"""Rows by key, as a projection's `keys` names them; none where there is no row (any more)."""


class _Column(NamedTuple):
    name: str
    type: str
    oid: int
    in_key: bool

    def pack(self, values: Iterable[Any]) -> Packed:
        return uuid_text(values) if self.in_key and self.type == "uuid" else PACKERS[self.type](values)


class Table:
    """One projection's table. Its rows are named tuples whose fields are the columns, the primary key first."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str, projection: Projection) -> None:
        """Look at the table's columns. Raises TableMismatch where they are not as this version of the program knows them."""
        self._row = projection.row
        self._columns = [_Column(*found) for found in connection.execute(_COLUMNS, [f"{schema}.{projection.name}"])]
        self._keys = [column for column in self._columns if column.in_key]
        keys_first = self._keys == self._columns[: len(self._keys)] and self._keys
        if not keys_first or tuple(column.name for column in self._columns) != projection.row._fields:
            table = f"{schema}.{projection.name}"
            raise TableMismatch(
                f"the table {table} is not as this version of the program needs it: run `launchpad migrate`, or a newer version"
            )
        parts = self._parts(sql.Identifier(schema, projection.name))
        # A plan is made once and stays: it walks the index even if the table was empty then (connections.py sees to it).
        self._select = sql.SQL("SELECT {shown} FROM unnest({key_arrays}) AS k ({keys}) JOIN {table} AS t USING ({keys})").format(**parts)
        self._upsert = sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays}) ON CONFLICT ({keys}) DO UPDATE SET {changes}"
        ).format(**parts)
        self._delete = sql.SQL("DELETE FROM {table} WHERE ({keys}) IN (SELECT * FROM unnest({key_arrays}))").format(**parts)
        self._copy = sql.SQL("COPY {table} ({columns}) FROM STDIN (FORMAT binary)").format(**parts)
        self._any = sql.SQL("SELECT EXISTS (SELECT FROM {table})").format(**parts)
        self._clear = sql.SQL("DELETE FROM {table}").format(**parts)
        self._truncate = sql.SQL("TRUNCATE {table}").format(**parts)

    def ask(self, connection: psycopg.Connection[Any], keys: Collection[Hashable]) -> psycopg.Cursor[Any]:
        """Ask for the rows with these keys: `answer` reads them, so that several tables are asked at once."""
        columns = [keys] if len(self._keys) == 1 else list(zip(*keys, strict=True))
        return connection.cursor(binary=True).execute(self._select, _arrays(self._keys, columns))

    def answer(self, asked: psycopg.Cursor[Any]) -> Iterator[tuple[Hashable, Any]]:
        """Give each row that was found, with its key."""
        width = len(self._keys)
        for found in asked:
            row = self._row._make(found)
            yield (row[0] if width == 1 else row[:width]), row

    def write(self, connection: psycopg.Connection[Any], rows: Rows) -> None:
        """Insert, change or delete these rows."""
        kept = [row for row in rows.values() if row is not None]
        for some in _some(kept, ROWS_PER_STATEMENT_MAX):
            connection.execute(self._upsert, _arrays(self._columns, list(zip(*some, strict=True))))
        gone = [key for key, row in rows.items() if row is None]
        for keys in _some(gone, ROWS_PER_STATEMENT_MAX):
            columns = [keys] if len(self._keys) == 1 else list(zip(*keys, strict=True))
            connection.execute(self._delete, _arrays(self._keys, columns))

    def fill(self, connection: psycopg.Connection[Any], rows: Rows) -> None:
        """Put rows into an empty table, the fastest way."""
        kept = (row for row in rows.values() if row is not None)
        with connection.cursor().copy(self._copy) as copy:
            copy.write(COPY_HEADER)
            while some := list(islice(kept, ROWS_PER_COPY_MESSAGE)):
                values = zip(*some, strict=True)
                copy.write(copy_rows([c.pack(column) for c, column in zip(self._columns, values, strict=True)]))
            copy.write(COPY_TRAILER)

    def is_empty(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether there is no row at all."""
        return connection.execute(self._any).fetchone() == (False,)

    def clear(self, connection: psycopg.Connection[Any]) -> None:
        """Delete every row: readers see the old ones until the transaction commits."""
        connection.execute(self._clear)

    def truncate(self, connection: psycopg.Connection[Any]) -> None:
        """Empty the table: quick, and readers wait until the transaction commits."""
        connection.execute(self._truncate)

    def _parts(self, table: sql.Identifier) -> dict[str, sql.Composable]:
        def names(columns: Sequence[_Column], form: str = "{}") -> sql.Composed:
            return sql.SQL(", ").join(sql.SQL(form).format(sql.Identifier(column.name)) for column in columns)

        def arrays(columns: Sequence[_Column]) -> sql.Composed:
            return sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.Identifier(column.type)) for column in columns)

        shown = [names([c], "t.{}::text" if c.in_key and c.type == "uuid" else "t.{}") for c in self._columns]
        return {
            "table": table,
            "columns": names(self._columns),
            "shown": sql.SQL(", ").join(shown),
            "keys": names(self._keys),
            "arrays": arrays(self._columns),
            "key_arrays": arrays(self._keys),
            "changes": names([c for c in self._columns if not c.in_key], "{0} = excluded.{0}"),
        }


def _arrays(columns: Sequence[_Column], values: Sequence[Collection[Any]]) -> list[PackedArray]:
    return [array(column.oid, column.pack(each)) for column, each in zip(columns, values, strict=True)]


def _some(items: Sequence[Any], count: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + count] for start in range(0, len(items), count))
