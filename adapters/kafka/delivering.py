"""Delivering a page of messages to one topic: all of it is acknowledged, or it comes again whole."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from zlib import crc32

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.future import Future

from adapters.kafka import clients
from adapters.kafka.outgoing import TOGETHER_BYTES_MAX
from adapters.kafka.outgoing_message import Headers, Outgoing
from adapters.kafka.record_batch import send_together
from adapters.postgres.stopped import SinkAway
from adapters.settings import Settings

ACKNOWLEDGED_SECONDS_MAX: Final = 20.0


class Message(NamedTuple):
    """A message whose partition follows from its key."""

    key: bytes
    value: bytes
    headers: Headers


class Delivery:
    """Takes messages to a topic's partitions: the same key, the same partition, in order."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._producer: KafkaProducer | None = None
        self._partitions = 0

    def deliver(self, messages: Iterable[Message]) -> None:
        """Send them; return when the broker has acknowledged all. Raises SinkAway."""
        try:
            producer = self._open()
            places: dict[int, list[Outgoing]] = defaultdict(list)
            for key, value, headers in messages:
                partition = crc32(key) % self._partitions
                places[partition].append(Outgoing(self._topic, partition, key, value, headers))
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
                self._partitions = len(producer.partitions_for(self._topic))
            except KafkaError as error:
                raise clients.TopicMissing(self._topic) from error
        return self._producer


def _sent(producer: KafkaProducer, messages: Sequence[Outgoing]) -> Iterator[Future]:
    """Send one partition's messages in order, as many together as a batch may hold."""
    batch: list[Outgoing] = []
    size = 0
    for message in messages:
        size += len(message.value)
        if size > TOGETHER_BYTES_MAX and batch:
            yield send_together(producer, message.topic, batch[0].partition, batch)
            batch, size = [], len(message.value)
        batch.append(message)
    yield send_together(producer, batch[0].topic, batch[0].partition, batch)
