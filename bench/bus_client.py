"""Another service on the bus: an ordinary Kafka client that sends commands and reads the replies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import uuid4

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.partitioner.default import murmur2

from adapters.intake import Request
from adapters.kafka.topics import COMMANDS, REPLIES
from adapters.settings import Settings
from bench.children import settle_memory
from bench.mix import Mix, people
from bench.ours import Window

LINGER_MS: Final = 5
"""Many records in one message is how to be fast."""
BATCH_BYTES: Final = 256 * 1024
REPLY_SECONDS_MAX: Final = 60
POLL_RECORDS_MAX: Final = 2_000
POLL_MS: Final = 20
ACCEPTED: Final = b'"accepted"'


class Message(NamedTuple):
    """A command as it is sent."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    partition: int


class BusClient:
    """Sends commands of the mix and counts the replies, in a process of its own."""

    def __init__(self, environment: Mapping[str, str], owners: int, seed: int) -> None:
        settings = Settings.load(environment)
        self._commands = Mix(people(settings, owners), seed).commands()
        self._ready: deque[Message] = deque()
        servers = list(settings.kafka)
        self._producer = KafkaProducer(
            bootstrap_servers=servers,
            linger_ms=LINGER_MS,
            batch_size=BATCH_BYTES,
            acks="all",
            enable_idempotence=False,  # facts.md: a batch that expires would hang all later ones.
            metrics_enabled=False,
        )
        self._partitions = len(self._producer.partitions_for(COMMANDS))
        self._replies = KafkaConsumer(bootstrap_servers=servers, group_id=None, max_poll_records=POLL_RECORDS_MAX, metrics_enabled=False)
        partitions = [TopicPartition(REPLIES, number) for number in self._replies.partitions_for_topic(REPLIES) or ()]
        self._replies.assign(partitions)
        self._replies.seek_to_end(*partitions)
        for partition in partitions:
            self._replies.position(partition)  # Looked up now: a reply that comes before would be missed.

    def prepare(self, count: int) -> None:
        """Have so many messages ready."""
        self._ready.extend(self._message(request) for request in islice(self._commands, max(0, count - len(self._ready))))
        settle_memory()

    def send_and_await(self, count: int) -> Window:
        """Send that many prepared commands, and read until each has its reply."""
        messages = [self._ready.popleft() for _ in range(count)]
        values: list[bytes] = []
        begun = time.monotonic()
        for key, value, headers, partition in messages:
            self._producer.send(COMMANDS, value, key=key, headers=headers, partition=partition)
        while len(values) < count:
            for records in self._replies.poll(timeout_ms=POLL_MS).values():
                values += [record.value for record in records]
            if time.monotonic() - begun > REPLY_SECONDS_MAX:
                raise RuntimeError(f"{len(values)} of {count} replies within {REPLY_SECONDS_MAX} s")
        ended = time.monotonic()
        for value in values:
            if ACCEPTED not in value:
                raise RuntimeError(f"not accepted: {value.decode(errors='replace')}")
        return Window(count, ended - begun)

    def close(self) -> None:
        """Leave the bus."""
        self._producer.close(timeout=5)
        self._replies.close()

    def _message(self, request: Request) -> Message:
        said: dict[str, Any] = orjson.loads(request.payload)
        subject: str = said["app_id"]
        key = subject.encode()
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(request.command_id),
            "ce_type": request.name,
            "ce_source": "/bench",
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_subject": subject,
            "ce_correlationid": str(uuid4()),
            "content-type": "application/json",
            "authorization": str(request.authorization),
        }
        # The partition that the key leads to, as every Kafka client chooses it; kafka-python takes 30 us to find it.
        partition = (murmur2(key) & 0x7FFFFFFF) % self._partitions
        return Message(key, request.payload, [(name, text.encode()) for name, text in headers.items()], partition)
