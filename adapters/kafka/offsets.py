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
UNSETTLED: Final = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
"""The group is being formed anew: afterwards it is known what is still ours."""


class Owned(ConsumerRebalanceListener):  # type: ignore[misc,unused-ignore]
    """Knows since which assignment each partition is ours. Called on Kafka's own thread, so it only notes.

    A partition that is ours before and after a rebalance was nobody else's meanwhile, and kafka-python goes on reading where it was: so
    it stays ours throughout. One that we lost and got again is read from what was committed.
    """

    def __init__(self) -> None:
        self._turns: dict[TopicPartition, int] = {}
        self._turn = 0

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Wait for what comes: it is said of all partitions before each rebalance, and most come back."""

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Note which are ours now: all of them are named."""
        self._turn += 1
        self._turns = {partition: self._turns.get(partition, self._turn) for partition in assigned}

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Note that these may be anybody's by now."""
        self._turns = {partition: turn for partition, turn in self._turns.items() if partition not in lost}

    def turn(self, partition: TopicPartition) -> int | None:
        """The assignment since which it is ours; none where it is not."""
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
        self._done: dict[TopicPartition, tuple[int, int | None]] = {}
        """Up to where a partition is answered, and since when it is ours."""
        self._committed = time.monotonic()

    def answered(self, span: Span) -> None:
        """All of these records were answered, and so were all before them."""
        for partition, end in span.ends.items():
            self._done[partition] = end, span.turns[partition]

    def commit_if_due(self) -> None:
        """Commit, unless that was done a moment ago. Raises KafkaError."""
        if self._done and time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Commit now; what can't be committed at the moment is kept for the next time. Raises KafkaError where it never can.

        What has changed hands is left to its new owner, who reads it again; a broker would take our word for it all the same.
        """
        ours = self._consumer.assignment()
        self._done = {
            partition: (end, turn)
            for partition, (end, turn) in self._done.items()
            if partition in ours and turn is not None and turn == self._owned.turn(partition)
        }
        self._committed = time.monotonic()
        if not self._done:
            return
        try:
            self._consumer.commit(
                {partition: OffsetAndMetadata(end, "", -1) for partition, (end, _) in self._done.items()}, timeout_ms=COMMIT_MS_MAX
            )
        except (*UNSETTLED, RetriableError):
            return
        self._done.clear()

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
