"""Statements sent by hand: each connection prepares them once, and a caller may do something else while the server works.

psycopg's own way costs some 100 microseconds more for each call, and waits for the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import errors, generators
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format


class Prepared:
    """A statement whose parameters come packed, in the formats given; its rows come as tuples."""

    def __init__(self, name: str, query: str, formats: Sequence[Format]) -> None:
        self._name = name.encode()
        self.query = query.encode()
        self._formats = formats
        self._known: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def send(self, connection: psycopg.Connection[Any], packed: Sequence[bytes]) -> None:
        """Send it; `rows` must be asked for before anything else is done on this connection."""
        if connection not in self._known:
            self._prepare(connection)
        connection.pgconn.send_query_prepared(self._name, packed, param_formats=self._formats, result_format=Format.BINARY)
        _flush(connection)

    def rows(self, connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        """Wait for the rows. Raises what psycopg raises of the statement."""
        results = connection.wait(generators.fetch_many(connection.pgconn))
        for result in results:  # More than one where the connection was ended: what became of the statement, and why it was ended.
            if result.status != ExecStatus.TUPLES_OK:
                raise errors.error_from_result(result, encoding="utf-8")
        (result,) = results
        transformer = Transformer(connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        result = connection.pgconn.prepare(self._name, self.query)
        if result.status != ExecStatus.COMMAND_OK:
            raise errors.error_from_result(result, encoding="utf-8")
        self._known.add(connection)


def roll_back(connection: psycopg.Connection[Any]) -> None:
    """End the transaction as if nothing had been done in it. psycopg is not told: it would deallocate all that is prepared, ours too."""
    connection.pgconn.send_query(b"ROLLBACK")
    _flush(connection)
    (result,) = connection.wait(generators.fetch_many(connection.pgconn))
    if result.status != ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result, encoding="utf-8")


def _flush(connection: psycopg.Connection[Any]) -> None:
    """Send all of it; what the server says meanwhile is taken in, so that neither side waits for the other."""
    if connection.pgconn.flush():
        connection.wait(generators.send(connection.pgconn))
