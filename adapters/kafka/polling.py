"""Polling, around what hangs in kafka-python 3.0.12."""

from __future__ import annotations

from typing import Any, Final, cast

from kafka import KafkaConsumer, TopicPartition

from adapters.kafka.records import Record, read_leniently

REJOIN_MS: Final = 1_000
"""A poll that ends while its member rejoins the group throws away what the group has agreed on, and begins anew."""

Polled = dict[TopicPartition, list[Record]]


class Polling:
    """Polls a member of a group."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        read_leniently(consumer)
        self._consumer = consumer
        self._coordinator: Any = consumer._coordinator  # type: ignore[attr-defined] # noqa: SLF001 - nothing else tells

    @property
    def rejoining(self) -> bool:
        """Whether the group is being formed anew: then a poll must be given time, and brings nothing."""
        return bool(self._coordinator.rejoining)

    def poll(self, timeout_ms: int) -> Polled:
        """Give what has come, as soon as something has, or after that time."""
        if self.rejoining:
            timeout_ms = max(timeout_ms, REJOIN_MS)
            if not self._coordinator.need_rejoin():
                # Topics were seen to have changed, and a poll that was too short did not wait for the group's answer. Now that they
                # are known, nothing would ever ask for it again: no heartbeats, no partitions, no error.
                self._coordinator.request_rejoin()
        return cast("Polled", self._consumer.poll(timeout_ms=timeout_ms))
