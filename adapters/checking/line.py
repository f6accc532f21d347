"""One connection to the primary that carries one question at a time, without a thread: the event loop reads the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, LiteralString, Self

import orjson
import psycopg
from psycopg.adapt import Transformer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.types.json import set_json_loads

from adapters.postgres.connections import settings_of
from adapters.postgres.packed_columns import packed_array
from readmodels.access import MAY_CALL, AccessAnswer, Asked

STATEMENT: Final = b"may_call"
COLUMNS: Final = ("uuid", "uuid", "uuid", "text")
"""The types of what is asked."""
PREPARE: Final[LiteralString] = "PREPARE may_call (uuid[], uuid[], uuid[], text[]) AS " + MAY_CALL.replace(
    "%(credential_ids)s", "$1"
).replace("%(product_ids)s", "$2").replace("%(token_ids)s", "$3").replace("%(digests)s", "$4")
PLANS: Final = {"enable_hashjoin": "off", "enable_mergejoin": "off", "statement_timeout": "2s"}
"""Look each id up in its index, whatever the planner knew of the tables when it made the plan."""
FORMATS: Final = (Format.BINARY,) * len(COLUMNS)


class Lost(Exception):
    """The connection is gone, or the database can't answer."""


class Line:
    """Hands each answer, or what went wrong, to `told`. Anything wrong ends it; nobody is told after `close`."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], told: Callable[[list[AccessAnswer] | Lost], None]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._told = told
        self._results: list[PGresult] = []
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, url: str, told: Callable[[list[AccessAnswer] | Lost], None]) -> Self:
        """Connect to the server that takes writes. Raises psycopg.Error."""
        settings = settings_of(url, **PLANS)
        if "target_session_attrs" not in conninfo_to_dict(url):
            settings = make_conninfo(settings, target_session_attrs="read-write")
        connection = await psycopg.AsyncConnection.connect(settings, autocommit=True)
        try:
            set_json_loads(orjson.loads, connection)
            await connection.execute(PREPARE)
        except psycopg.Error:
            await connection.close()
            raise
        return cls(connection, told)

    def ask(self, asked: Sequence[Asked]) -> None:
        """Send the question; the answer must have come before the next one."""
        packed = [packed_array(kind, column) for kind, column in zip(COLUMNS, zip(*asked, strict=True), strict=True)]
        try:
            self._pgconn.send_query_prepared(STATEMENT, packed, param_formats=FORMATS, result_format=Format.BINARY)
            self._flush()
        except psycopg.Error as error:
            self._end(error)

    async def close(self) -> None:
        """Let go of the connection, and of a question that is under way."""
        self._told = lambda _: None
        self._forget()
        await self._connection.close()

    def _flush(self) -> None:
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._writable)
        else:
            self._loop.remove_writer(self._socket)

    def _writable(self) -> None:
        try:
            self._flush()
        except psycopg.Error as error:
            self._end(error)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    break
                self._results.append(result)
            else:
                return
            if self._pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the server hung up")
        except psycopg.Error as error:
            self._end(error)
            return
        if self._results:
            self._tell(self._results)

    def _tell(self, results: list[PGresult]) -> None:
        self._results = []
        if len(results) != 1 or results[0].status != ExecStatus.TUPLES_OK:
            self._end(psycopg.OperationalError("the question failed"))
            return
        transformer = Transformer(self._connection)
        transformer.set_pgresult(results[0])
        self._told(transformer.load_rows(0, results[0].ntuples, AccessAnswer._make))

    def _end(self, error: psycopg.Error) -> None:
        self._forget()
        told, self._told = self._told, lambda _: None
        told(Lost(type(error).__name__))

    def _forget(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
