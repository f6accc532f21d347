"""The events topic, fed from the log: each stored event as it is, in order; the bookmark moves when the broker has acknowledged."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import psycopg
from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.future import Future

from adapters.kafka import clients
from adapters.kafka.outgoing import TOGETHER_BYTES_MAX
from adapters.kafka.outgoing_message import Headers, Outgoing
from adapters.kafka.record_batch import send_together
from adapters.kafka.replies import SOURCE
from adapters.kafka.topics import EVENTS
from adapters.postgres.feeding import FeedsSink
from adapters.postgres.pages import StoredRow
from adapters.postgres.stopped import SinkAway
from adapters.settings import Settings
from domain.recorded import event_id
from domain.state import UUID_CHARACTERS

NAME: Final = "events"
"""Of its bookmark."""
PAGE_EVENTS_MAX: Final = 1_000
"""After a crash a page is sent again at most; larger ones were not faster."""
ACKNOWLEDGED_SECONDS_MAX: Final = 20.0
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
    """The sink: takes pages to the broker."""

    def __init__(self, settings: Settings) -> None:
        self.epoch = ""
        self._settings = settings
        self._producer: KafkaProducer | None = None
        self._partitions = 0

    def take(self, page: Sequence[StoredRow]) -> None:
        """Send a page; return when the broker has acknowledged all of it. Raises SinkAway."""
        try:
            producer = self._open()
            epoch = self.epoch.encode()
            places: dict[int, list[Outgoing]] = defaultdict(list)
            for row in page:
                key = subject(row).encode()
                # The same subject, the same partition: what happened to an app is read in its order.
                partition = crc32(key) % self._partitions
                places[partition].append(Outgoing(EVENTS, partition, key, row.payload, attributes(row, key, epoch)))
            futures: list[Any] = [future for each in places.values() for future in _sent(producer, each)]
            until = time.monotonic() + ACKNOWLEDGED_SECONDS_MAX
            for future in futures:
                future.get(timeout=max(0.0, until - time.monotonic()))
        except (KafkaError, OSError) as error:
            # A producer that did not deliver may never do so again; the next page begins with a new one, and this page comes again.
            self.close()
            said = str(error).splitlines()
            raise SinkAway(f"the bus can't be reached: {said[0] if said else type(error).__name__}") from error

    def close(self) -> None:
        """Drop the producer, and what it has not delivered."""
        if self._producer is not None:
            clients.close(self._producer)
            self._producer = None

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            producer = self._producer = clients.producer(self._settings)
            try:
                self._partitions = len(producer.partitions_for(EVENTS))
            except KafkaError as error:
                raise clients.TopicMissing(EVENTS) from error
        return self._producer


def _sent(producer: KafkaProducer, messages: Sequence[Outgoing]) -> Iterator[Future]:
    """Send one partition's messages in order, as many together as a batch may hold."""
    batch: list[Outgoing] = []
    size = 0
    for message in messages:
        size += len(message.value)
        if size > TOGETHER_BYTES_MAX and batch:
            yield send_together(producer, EVENTS, batch[0].partition, batch)
            batch, size = [], len(message.value)
        batch.append(message)
    yield send_together(producer, EVENTS, batch[0].partition, batch)


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
