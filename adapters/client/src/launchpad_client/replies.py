"""Follows the reply topic from the moment of its start: every partition, no consumer group, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from launchpad_client.reply import Reply

POLL_MS: Final = 200
"""How long closing may take; a reply wakes the poll at once."""
BACKOFF_SECONDS: Final = 1.0
PARTITIONS_SECONDS: Final = 30.0
"""How soon a reply in a partition that was added is noticed."""

log = logging.getLogger(__name__)


class Replies:
    """Hands each reply on the topic to `take(command id, correlation id, reply)`."""

    def __init__(self, topic: str, kafka: Mapping[str, Any], take: Callable[[str, str, Reply], None]) -> None:
        self._topic = topic
        self._kafka = kafka
        self._take = take
        self._next: dict[int, int] = {}
        self._ready = threading.Event()
        self._stop = threading.Event()
        self.trouble: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="launchpad replies", daemon=True)
        self._thread.start()

    def wait_ready(self, timeout_seconds: float) -> bool:
        """Whether we follow by now: only what is sent after that can't be missed."""
        return self._ready.wait(timeout_seconds)

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (KafkaError, OSError) as error:
                # Away, or not there yet: what we have read so far is remembered, so a new consumer goes on from there.
                self.trouble = error
                log.warning("replies can't be followed at the moment: %s", type(error).__name__)
                self._stop.wait(BACKOFF_SECONDS)

    def _follow(self) -> None:
        consumer = KafkaConsumer(
            **self._kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # Where the broker lost what we had read: better twice than never.
            fetch_max_wait_ms=POLL_MS,
        )
        try:
            looked_at = self._assign(consumer)
            self.trouble = None
            self._ready.set()
            while not self._stop.is_set():
                for partition, records in consumer.poll(timeout_ms=POLL_MS).items():
                    for record in records:
                        self._read(record)
                    self._next[partition.partition] = records[-1].offset + 1
                if time.monotonic() - looked_at > PARTITIONS_SECONDS:
                    looked_at = self._assign(consumer)
        finally:
            consumer.close()

    def _assign(self, consumer: KafkaConsumer) -> float:
        """Follow all partitions: known ones from where we are, at the start from the end, later ones from their beginning."""
        numbers = consumer.partitions_for_topic(self._topic) or set()
        if not numbers:
            raise MissingTopic(f"the topic {self._topic} is not there; create it with: launchpad topics")
        partitions = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        if {partition.partition for partition in partitions} != {partition.partition for partition in consumer.assignment()}:
            consumer.assign(partitions)
            starting = not self._next
            ends = consumer.end_offsets(partitions) if starting else {}
            for partition in partitions:
                offset = self._next.setdefault(partition.partition, ends.get(partition, 0))
                consumer.seek(partition, offset)
        return time.monotonic()

    def _read(self, record: Any) -> None:  # noqa: ANN401 - kafka-python's record
        headers = {name: bytes(value or b"").decode("utf-8", "replace") for name, value in record.headers}
        if not headers.get("ce_type", "").startswith("command."):
            return
        try:
            reply = Reply.read(record.value)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("a message on %s at %s/%s is no reply", self._topic, record.partition, record.offset)
            return
        self._take(headers.get("ce_causationid", ""), headers.get("ce_correlationid", ""), reply)


class MissingTopic(KafkaError):
    """The reply topic does not exist."""
