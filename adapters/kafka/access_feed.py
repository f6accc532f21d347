"""The access topic, for gateways that keep a copy: after each event, the rows that it touched, as they are in the tables now.

A row that is read after its event is at least as new as that event, so the last message of each key is what the tables say.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from adapters.kafka.delivering import Delivery, Message
from adapters.kafka.outgoing_message import Headers
from adapters.kafka.replies import SOURCE
from adapters.kafka.topics import ACCESS
from adapters.postgres.access_rows import TABLES, TABLES_OF, Table
from adapters.postgres.codec import EventCodec, WithoutKeys
from adapters.postgres.decoding import PageDecoder
from adapters.postgres.pages import APP, FOLDED, POSITION, RECORDED_AT, STREAM, VERSION, Page, Pages
from adapters.postgres.rebuild_access import ACCESS_TOPIC
from adapters.settings import Settings
from domain.recorded import Recorded

PAGE_EVENTS_MAX: Final = 1_000
FIXED: Final[Headers] = [("ce_specversion", b"1.0"), ("ce_source", SOURCE), ("content-type", b"application/json")]
EPOCH: Final = "SELECT epoch, begun_at FROM log.epoch ORDER BY begun_at DESC LIMIT 1"
RESTORED: Final = """
UPDATE following.bookmark SET position = 0, moved_at = clock_timestamp()
WHERE read_model = %s AND version = %s AND moved_at < %s
"""
"""A restore begins an epoch, and loses what was told after the backup: all rows are told anew, under the new epoch."""


class Epoch(NamedTuple):
    """The log's epoch, with its beginning: a later one counts, whatever was read before."""

    id: UUID
    begun_at: datetime


class AccessFeed:
    """What the follower of the log takes its pages to, for the access topic."""

    def __init__(self, settings: Settings, page_size: int = PAGE_EVENTS_MAX) -> None:
        self.bookmark = ACCESS_TOPIC
        self._decoder = PageDecoder(EventCodec(WithoutKeys()), TABLES_OF)
        self.pages = Pages(FOLDED, self._decoder.passed_over, page_size)
        self._delivery = Delivery(settings, ACCESS)
        self._epoch = Epoch(UUID(int=0), datetime.max.replace(tzinfo=UTC))

    def begin(self, connection: psycopg.Connection[Any]) -> int:
        """Start from the bookmark, in the epoch that holds now; from the first event where that epoch is new."""
        epoch = connection.execute(EPOCH).fetchone()
        if epoch is not None:
            self._epoch = Epoch._make(epoch)
            connection.execute(RESTORED, [*ACCESS_TOPIC, self._epoch.begun_at])
        return self.bookmark.find(connection)

    def take(self, connection: psycopg.Connection[Any], page: Page) -> None:
        """Tell the rows that this page touched, then move the bookmark. Raises SinkAway."""
        if page.rows:
            touched = self._touched(page)
            messages = [
                message(table, row, self._epoch)
                for table, keys in zip(TABLES, touched, strict=True)
                if keys
                for row in _rows(connection, table, keys)
            ]
            if messages:
                self._delivery.deliver(messages)
        self.bookmark.move(connection, since=page.after, to=page.last)

    def close(self) -> None:
        """Let go of the broker."""
        self._delivery.close()

    def _touched(self, page: Page) -> list[dict[Hashable, None]]:
        """The keys of each table's rows that the page's events touch, each once."""
        columns = page.columns
        touched: list[dict[Hashable, None]] = [{} for _ in TABLES]
        for position, stream, version, at, app_id, event in zip(
            columns[POSITION],
            columns[STREAM],
            columns[VERSION],
            columns[RECORDED_AT],
            columns[APP],
            self._decoder.decode(columns),
            strict=True,
        ):
            recorded = Recorded(position, stream, version, at, app_id, event)
            for index in TABLES_OF[type(event)]:
                touched[index].update(dict.fromkeys(TABLES[index].projection.keys(recorded)))
        return touched


def message(table: Table, row: dict[str, Any], epoch: Epoch) -> Message:
    """Tell one row: its key names table and primary key."""
    kind = table.projection.name.rpartition(".")[2]
    about = "/".join([kind, *(str(row[name]) for name in _key(table))])
    key = about.encode()
    value = orjson.dumps({**row, "logepoch": epoch.id, "logepoch_begun_at": epoch.begun_at})
    headers = [
        *FIXED,
        ("ce_id", str(uuid5(epoch.id, f"{about}\n{row['position']}")).encode()),
        ("ce_type", f"access.{kind}.v1".encode()),
        ("ce_time", row["changed_at"].isoformat().encode()),
        ("ce_subject", key),
        ("ce_sequence", b"%d" % row["position"]),
        ("ce_logepoch", str(epoch.id).encode()),
    ]
    return Message(key, value, headers)


def _key(table: Table) -> tuple[str, ...]:
    return ("app_id", "product_id") if table.projection.name == "access.subscription" else (table.key,)


def _rows(connection: psycopg.Connection[Any], table: Table, keys: Collection[Hashable]) -> Iterator[dict[str, Any]]:
    """The rows with these keys, as they are now."""
    names = _key(table)
    values = [[key] for key in keys] if len(names) == 1 else list(keys)
    statement = sql.SQL("SELECT {columns} FROM unnest({arrays}) AS k ({keys}) JOIN {table} USING ({keys})").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, [*(column.name for column in table.columns), "position", "changed_at"])),
        arrays=sql.SQL(", ").join([sql.SQL("%s::uuid[]")] * len(names)),
        keys=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier(*table.projection.name.split(".")),
    )
    arrays: list[Any] = [list(column) for column in zip(*values, strict=True)]
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(statement, arrays)
