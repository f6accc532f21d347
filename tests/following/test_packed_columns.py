"""Values packed by hand arrive as what they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.packed_columns import COPY_HEADER, COPY_TRAILER, PACKERS, array, copy_rows, knows_arrays

EXAMPLES: dict[str, list[Any]] = {
    "text": ["", "plain", "tab\t, quote ' and \\", "λ → 🚀", None, "x" * 70_000],
    "bytea": [b"", b"\x00\xff", b"{}", None, bytes(70_000)],
    "uuid": [uuid4(), None, UUID(int=0), UUID(int=2**128 - 1)],
    "timestamptz": [
        datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC),
        None,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2030, 7, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
    "jsonb": [{"a": "b"}, {}, [], ["https://a.example/"], None, {"quote": '"', "λ": "🚀"}],
    "bool": [True, False, None],
    "int8": [0, -1, 2**63 - 1, None],
    "int4": [0, -1, 2**31 - 1, None],
}


def test_there_is_an_example_of_every_type() -> None:
    assert EXAMPLES.keys() == PACKERS.keys()


@pytest.mark.parametrize("name", sorted(PACKERS))
def test_packed_arrays_and_copied_rows_arrive_as_they_were(empty_database: str, name: str) -> None:
    values = EXAMPLES[name]
    with psycopg.connect(empty_database) as connection:
        knows_arrays(connection)
        connection.execute("SET timezone = 'UTC'")
        (oid,) = connection.execute("SELECT oid FROM pg_type WHERE typname = %s", [name]).fetchone() or (0,)
        packed = array(oid, PACKERS[name](values))
        arrived = connection.execute(f"SELECT * FROM unnest(%b::{name}[])".encode(), [packed]).fetchall()
        assert [_plain(value) for (value,) in arrived] == values
        empty = array(oid, PACKERS[name]([]))
        assert connection.execute(f"SELECT cardinality(%b::{name}[])".encode(), [empty]).fetchone() == (0,)
        connection.execute(f"CREATE TABLE t (first {name}, second {name})".encode())
        with connection.cursor().copy("COPY t FROM STDIN (FORMAT binary)") as copy:
            copy.write(COPY_HEADER)
            copy.write(copy_rows([PACKERS[name](values), PACKERS[name](values[::-1])]))
            copy.write(COPY_TRAILER)
        copied = connection.execute("SELECT first, second FROM t").fetchall()
        assert [(_plain(first), _plain(second)) for first, second in copied] == list(zip(values, values[::-1], strict=True))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    return value if value is None or isinstance(value, str | bytes | bool | int | datetime | dict | list | UUID) else str(value)


def test_json_is_written_as_json_has_it() -> None:
    assert json.loads(PACKERS["jsonb"]([{"a": ("b",)}])[0][5:]) == {"a": ["b"]}
