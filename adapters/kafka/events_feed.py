"""The events topic, fed from the log: each stored event as it is, in order; the bookmark moves when the broker has acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from adapters.kafka.delivering import Delivery, Message
from adapters.kafka.outgoing_message import Headers
from adapters.kafka.replies import SOURCE
from adapters.kafka.topics import EVENTS
from adapters.postgres.feeding import FeedsSink
from adapters.postgres.pages import StoredRow
from adapters.settings import Settings
from domain.recorded import event_id
from domain.state import UUID_CHARACTERS

NAME: Final = "events"
"""Of its bookmark."""
PAGE_EVENTS_MAX: Final = 1_000
"""After a crash a page is sent again at most; larger ones were not faster."""
EPOCH: Final = "SELECT epoch::text FROM log.epoch ORDER BY begun_at DESC LIMIT 1"
FIXED: Final[Headers] = [("ce_specversion", b"1.0"), ("ce_source", SOURCE), ("content-type", b"application/json")]


class EventsFeed(FeedsSink):
    """What the follower of the log takes its pages to, for the events topic."""

    def __init__(self, settings: Settings) -> None:
        self._topic = EventsTopic(settings)
        super().__init__(NAME, self._topic, page_size=PAGE_EVENTS_MAX)

    def begin(self, connection: psycopg.Connection[Any]) -> int:
        """Start from the bookmark, in the epoch that holds now: a restore begins a new one, and ends all connections."""
        found = connection.execute(EPOCH).fetchone()
        self._topic.epoch = str(found[0]) if found else ""
        return super().begin(connection)

    def close(self) -> None:
        """Let go of the broker."""
        self._topic.close()


class EventsTopic:
    """The sink: takes pages to the broker. The same subject, the same partition: what happened to an app is read in its order."""

    def __init__(self, settings: Settings) -> None:
        self.epoch = ""
        self._delivery = Delivery(settings, EVENTS)

    def take(self, page: Sequence[StoredRow]) -> None:
        """Send a page; return when the broker has acknowledged all of it. Raises SinkAway."""
        epoch = self.epoch.encode()
        keyed = ((subject(row).encode(), row) for row in page)
        self._delivery.deliver(Message(key, row.payload, attributes(row, key, epoch)) for key, row in keyed)

    def close(self) -> None:
        """Let go of the broker."""
        self._delivery.close()


def subject(row: StoredRow) -> str:
    """What an event is about: the app's id where it belongs to one, else the aggregate's own."""
    return str(row.app_id) if row.app_id is not None else row.stream[-UUID_CHARACTERS:]


def attributes(row: StoredRow, key: bytes, epoch: bytes) -> Headers:
    """An event's CloudEvents attributes, and what the log knows of it beside them."""
    headers = [
        *FIXED,
        ("ce_id", str(event_id(row.stream, row.version)).encode()),
        ("ce_type", row.name.encode()),
        ("ce_time", row.recorded_at.isoformat().encode()),
        ("ce_subject", key),
        ("ce_sequence", b"%d" % row.position),
        ("ce_logepoch", epoch),
        ("ce_stream", row.stream.encode()),
        ("ce_streamversion", b"%d" % row.version),
        ("ce_principal", row.principal.encode()),
    ]
    carried = (
        ("ce_commandid", row.command_id),
        ("ce_correlationid", row.correlation_id or row.command_id),
        ("ce_causationid", row.causation_id),
        ("ce_onbehalfof", row.on_behalf_of),
        ("ce_traceparent", row.traceparent),
    )
    headers += [(name, str(value).encode()) for name, value in carried if value is not None]
    return headers
