"""Questions to the read models, asked on PostgreSQL and answered in typed rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter

from readmodels.question import Question

Row = TypeVar("Row")
STREAMED_ROWS: Final = 1_000
"""Fetched at a time: some MB of the largest apps."""


class Questions:
    """Asks by way of a pool. Safe to share between threads."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        self._pool = pool

    def all(self, question: Question[Row]) -> Sequence[Row]:
        """Give every row of the answer, in its order."""
        with self._pool.connection() as connection:
            return answer(connection, question)

    def one(self, question: Question[Row]) -> Row | None:
        """Give the answer's first row, or none."""
        rows = self.all(question)
        return rows[0] if rows else None


def answer(connection: psycopg.Connection[Any], question: Question[Row]) -> Sequence[Row]:
    """Ask on this connection."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(question.text, question.parameters).fetchall()
    rows: Sequence[Row] = _rows(question.row).validate_python(found)  # type: ignore[arg-type] # a type is hashable
    return rows


def stream(connection: psycopg.Connection[Any], question: Question[Row], page: int = STREAMED_ROWS) -> Iterator[Row]:
    """Give the answer row by row, as of one moment, however long it is. The connection is in a transaction of the caller's."""
    with connection.cursor(name="streamed", row_factory=dict_row) as cursor:
        cursor.itersize = page
        cursor.execute(question.text, question.parameters)
        while found := cursor.fetchmany(page):
            yield from _rows(question.row).validate_python(found)  # type: ignore[arg-type] # as above


@cache
def _rows(row: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(tuple[row, ...])  # type: ignore[valid-type] # the type that the question says
