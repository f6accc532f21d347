"""The access rows made anew from the log: in one transaction, under the append lock, so that nobody sees or writes half of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from adapters.postgres.access_rows import TABLES, TABLES_OF, Table
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.codec import EventCodec, WithoutKeys, topics_of
from adapters.postgres.leader import leading
from domain.recorded import Recorded
from projections.access import ACCESS_VERSION

ACCESS_TOPIC: Final = Bookmark("access-topic", ACCESS_VERSION)
"""Of the feed that tells gateways of these rows: with other folds it tells all of them anew."""
LEADER_WAIT_SECONDS: Final = 30.0
PAGE: Final = 5_000
"""Rows fetched at a time: memory holds the rows of the tables, not the log."""
READ: Final[LiteralString] = """
SELECT notification_id, originator_id, originator_version, recorded_at, app_id, topic, state
FROM log.events WHERE topic = ANY (%s) ORDER BY notification_id
"""


class NewerDatabase(Exception):
    """The access rows of this database follow rules that this version of the program does not know."""


class Stamped(NamedTuple):
    """A row with the place and time of its last change."""

    row: Any
    position: int
    changed_at: datetime


def rebuild_access(connection: psycopg.Connection[Any]) -> int:
    """Make all access rows anew and return how many; readers see the old ones until it is done, appends wait."""
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")  # A long log takes its time.
        connection.execute("SELECT log.lock()")
        return _rebuild(connection)


def tell_all_access_anew(connection: psycopg.Connection[Any]) -> None:
    """Let gateways that keep a copy be told every row anew. Raises LeaderBusy."""
    with leading(connection, ACCESS_TOPIC.text, LEADER_WAIT_SECONDS):
        connection.execute("UPDATE following.bookmark SET position = 0 WHERE (read_model, version) = (%s, %s)", ACCESS_TOPIC)


def put_access_version_in_force(connection: psycopg.Connection[Any]) -> None:
    """Switch to this program's folds under the lock, with rows to match; from then on workers with other folds are refused."""
    with connection.transaction():
        connection.execute("SELECT log.lock()")
        found = connection.execute("SELECT version FROM log.access_version").fetchone()
        if found is not None and found[0] > ACCESS_VERSION:
            raise NewerDatabase(
                f"access rows of version {found[0]} are in force, this program makes version {ACCESS_VERSION}: run the newer one"
            )
        if found is None or found[0] < ACCESS_VERSION:
            _rebuild(connection)
            connection.execute(
                "INSERT INTO log.access_version (version) VALUES (%s) ON CONFLICT (only_row) DO UPDATE SET version = excluded.version",
                [ACCESS_VERSION],
            )


def _rebuild(connection: psycopg.Connection[Any]) -> int:
    tables = _fold(connection)
    for table, rows in zip(TABLES, tables, strict=True):
        _replace(connection, table, rows.values())
    return sum(map(len, tables))


def _fold(connection: psycopg.Connection[Any]) -> list[dict[Hashable, Stamped]]:
    decode = EventCodec(WithoutKeys()).decode
    tables: list[dict[Hashable, Stamped]] = [{} for _ in TABLES]
    with connection.cursor("access_events", binary=True) as cursor:
        cursor.itersize = PAGE
        cursor.execute(READ, [topics_of(TABLES_OF)])
        for position, stream, version, recorded_at, app_id, topic, state in cursor:
            event = decode(stream, topic, state)
            recorded = Recorded(position, stream, version, recorded_at, app_id, event)
            for index in TABLES_OF[type(event)]:
                _take(tables[index], TABLES[index], recorded)
    return tables


def _take(rows: dict[Hashable, Stamped], table: Table, recorded: Recorded[Any]) -> None:
    for key in table.projection.keys(recorded):
        old = rows.get(key)
        before = None if old is None else old.row
        after = table.projection.fold(before, recorded)
        if after is not before:  # As the append does: what is left as it was is not stamped.
            rows[key] = Stamped(after, recorded.position, recorded.recorded_at)


def _replace(connection: psycopg.Connection[Any], table: Table, rows: Iterable[Stamped]) -> None:
    """DELETE and not TRUNCATE: a gateway's question never waits for it."""
    name = sql.Identifier(*table.projection.name.split("."))
    names = [column.name for column in table.columns]
    sent = [column.send or (lambda value: value) for column in table.columns]
    connection.execute(sql.SQL("DELETE FROM {}").format(name))
    columns = sql.SQL(", ").join(map(sql.Identifier, [*names, "position", "changed_at"]))
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as copy:
        for row, position, changed_at in rows:
            copy.write_row([*(send(value) for send, value in zip(sent, row, strict=True)), position, changed_at])
