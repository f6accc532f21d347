"""How far each partition has been answered: what may be committed, in order, and only where the partition is still ours."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import CommitFailedError, IllegalGenerationError, RebalanceInProgressError, RetriableError, UnknownMemberIdError
from kafka.structs import OffsetAndMetadata

from adapters.kafka.records import Record

COMMIT_SECONDS: Final = 0.1
"""At most so often under load: a commit is a round trip, and what is read again has no second effect."""
COMMIT_MS_MAX: Final = 5_000
LOST: Final = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
"""The group has moved on: others read what was not committed."""


class Owned(ConsumerRebalanceListener):  # type: ignore[misc,unused-ignore]
    """Knows since which assignment each partition is ours. Called on Kafka's own thread, so it only notes."""

    def __init__(self) -> None:
        self._turns: dict[TopicPartition, int] = {}
        self._turn = 0

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Note that these are no longer ours."""
        for partition in revoked:
            self._turns.pop(partition, None)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Note that these are ours, anew."""
        self._turn += 1
        self._turns.update(dict.fromkeys(assigned, self._turn))

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Note that these are no longer ours."""
        self.on_partitions_revoked(lost)

    def turn(self, partition: TopicPartition) -> int | None:
        """The assignment that holds now; none where it is not ours."""
        return self._turns.get(partition)


class Span:
    """The records of one poll: where each partition's begin and end, and under which assignment they were read."""

    __slots__ = ("begins", "ends", "turns")

    def __init__(self, polled: Mapping[TopicPartition, list[Record]], owned: Owned) -> None:
        self.begins = {partition: records[0].offset for partition, records in polled.items()}
        self.ends = {partition: records[-1].offset + 1 for partition, records in polled.items()}
        self.turns = {partition: owned.turn(partition) for partition in polled}


class Offsets:
    """Commits what was answered."""

    def __init__(self, consumer: KafkaConsumer, owned: Owned) -> None:
        self._consumer = consumer
        self._owned = owned
        self._done: dict[TopicPartition, int] = {}
        self._committed = time.monotonic()

    def answered(self, span: Span) -> None:
        """All of these records were answered, and so were all before them. What has changed hands meanwhile is left to its new owner."""
        for partition, end in span.ends.items():
            turn = self._owned.turn(partition)
            if turn is not None and turn == span.turns[partition]:
                self._done[partition] = end

    def commit_if_due(self) -> None:
        """Commit, unless that was done a moment ago. Raises KafkaError."""
        if self._done and time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Commit now; what can't be committed at the moment is kept for the next time. Raises KafkaError where it never can."""
        ours = self._consumer.assignment()
        offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in self._done.items() if partition in ours}
        self._committed = time.monotonic()
        try:
            if offsets:
                self._consumer.commit(offsets, timeout_ms=COMMIT_MS_MAX)
            self._done.clear()
        except LOST:
            self._done.clear()
        except RetriableError:
            return

    def back_to(self, spans: Iterable[Span]) -> None:
        """Read these records again, as far as they are still ours."""
        firsts: dict[TopicPartition, int] = {}
        for span in spans:
            for partition, begin in span.begins.items():
                if self._owned.turn(partition) == span.turns[partition]:
                    firsts.setdefault(partition, begin)
        for partition, offset in firsts.items():
            if partition in self._consumer.assignment():
                self._consumer.seek(partition, offset)
