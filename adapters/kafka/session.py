"""One connection of a worker to Kafka: it ends at any trouble with Kafka, and the next begins at the offsets that were committed."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from kafka import TopicPartition
from kafka.errors import KafkaError, MessageSizeTooLargeError

from adapters.intake import Request
from adapters.kafka import clients, messages
from adapters.kafka.answering import Answering
from adapters.kafka.clients import Membership, TopicMissing
from adapters.kafka.health import Health, State
from adapters.kafka.offsets import Offsets, Owned, Span
from adapters.kafka.outgoing import ACKNOWLEDGED_SECONDS_MAX, Sending
from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.polling import Polled, Polling
from adapters.kafka.quarantine import shortened
from adapters.kafka.replies import Replies, ReplyTopics, to_the_common_topic
from adapters.kafka.topics import COMMANDS, QUARANTINE, REPLIES
from adapters.settings import Settings
from adapters.taking import Taker
from commands.outcome import Outcome
from commands.ports import LogUnavailable

POLL_MS: Final = 100
"""How soon a stop is noticed by a worker that has nothing to do."""
POLL_UNDER_WAY_MS: Final = 1
"""While a batch is being committed, the next is taken if it is there. (0 would hang before the first assignment.)"""
GROUPS_UNDER_WAY_MAX: Final = 32
"""Batches whose replies are not acknowledged yet; beyond it the broker sets the pace."""
PROBE_SECONDS: Final = 2.0
"""How soon it is noticed that the broker is away, by a worker that has nothing to do: `poll` never says so."""
PROBE_MS_MAX: Final = 2_000
DATABASE_BACKOFF_SECONDS: Final = (0.2, 5.0)
CLOSE_SECONDS: Final = 5.0
STOP_SECONDS_MAX: Final = 15.0
"""How long a stop waits for the broker to acknowledge the last replies; without, they are made again by whoever reads next."""


class Batch:
    """What one poll gave."""

    __slots__ = ("messages", "requests", "span")

    def __init__(self, polled: Polled, owned: Owned) -> None:
        self.span = Span(polled, owned)
        self.messages = [messages.read(record) for records in polled.values() for record in records]
        self.requests: Sequence[Request] = [message.request for message in self.messages if message.request is not None]


class Session:
    """A member of the group, and the producer of its replies. Raises KafkaError where there is no broker, or a topic is missing."""

    def __init__(self, settings: Settings, group: str, membership: Membership, taker: Taker, health: Health) -> None:
        self._settings = settings
        self._taker = taker
        self._many = settings.batch_max // 2
        self._health = health
        self._owned = Owned()
        self._batches: deque[Batch] = deque()
        """Taken and not answered yet, in order."""
        self._probed = time.monotonic()
        self._producer = clients.producer(settings)
        try:
            self._consumer = clients.consumer(settings, group, membership, settings.batch_max)
        except BaseException:
            clients.close(self._producer)
            raise
        try:
            self._topics = ReplyTopics(settings.reply_topic_prefixes, self._partitions_of, lambda: clients.topic_names(settings))
            quarantine = self._partitions_of(QUARANTINE)
            self._partitions_of(COMMANDS)
            self._consumer.subscribe([COMMANDS], listener=self._owned)
        except BaseException:
            self.close()
            raise
        self._polling = Polling(self._consumer)
        self._sending = Sending(self._producer, {REPLIES}, self._instead)
        self._offsets = Offsets(self._consumer, self._owned)
        self._answering = Answering(taker, Replies(self._topics), quarantine)

    def run(self, stopped: threading.Event) -> None:
        """Work until stopped. Raises KafkaError at any trouble with Kafka."""
        backoff = DATABASE_BACKOFF_SECONDS[0]
        while not stopped.is_set():
            try:
                for outcomes in self._taker.stream(self._polled(stopped)):
                    self._answer(outcomes)
                    if outcomes:
                        backoff = DATABASE_BACKOFF_SECONDS[0]
                        self._health.now(State.RUNNING)
            except LogUnavailable:
                self._wait_for_the_database(backoff)
                backoff = min(2 * backoff, DATABASE_BACKOFF_SECONDS[1])
            except KafkaError:
                raise
            except Exception as bug:  # noqa: BLE001 - one bad command must not stall its partition
                self._one_by_one(bug)
        self._finish()

    def close(self) -> None:
        """Leave the group."""
        with suppress(KafkaError, OSError):
            self._consumer.close(autocommit=False, timeout_ms=int(CLOSE_SECONDS * 1000))
        clients.close(self._producer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _polled(self, stopped: threading.Event) -> Iterator[Sequence[Request]]:
        """Give batch after batch; an empty one where there is nothing to take and one is being committed."""
        while not stopped.is_set():
            under_way = bool(self._batches)
            # Whoever sent a few commands wants them answered; where many wait, the next batch is decided meanwhile.
            alone = under_way and (len(self._batches[-1].messages) < self._many or self._polling.rejoining)
            polled = {} if alone else self._polling.poll(POLL_UNDER_WAY_MS if under_way else POLL_MS)
            if polled:
                self._probed = time.monotonic()
            elif not under_way:
                self._look_after()
                continue
            self._batches.append(Batch(polled, self._owned))
            yield self._batches[-1].requests

    def _answer(self, outcomes: Sequence[Outcome]) -> None:
        """Send the replies of the oldest batch."""
        batch = self._batches[0]
        if batch.messages:
            self._send(batch, self._answering.of(batch.messages, outcomes))
        self._batches.popleft()
        self._look_after()

    def _send(self, batch: Batch, outgoing: Sequence[Outgoing]) -> None:
        """Send what answers a batch; once it is acknowledged, the batch's offsets may be committed."""
        self._sending.send(outgoing, lambda: self._offsets.answered(batch.span))
        self._health.count(len(batch.messages), sum(message.topic == QUARANTINE for message in outgoing))

    def _look_after(self) -> None:
        """See what was acknowledged, and commit it; and whether the broker is there."""
        self._sending.wait(ACKNOWLEDGED_SECONDS_MAX, GROUPS_UNDER_WAY_MAX)
        self._offsets.commit_if_due()
        now = time.monotonic()
        waits = now - (self._sending.since or now) > PROBE_SECONDS
        if now - self._probed > PROBE_SECONDS and (waits or not self._batches):
            self._probed = now
            self._consumer.end_offsets([TopicPartition(COMMANDS, 0)], timeout_ms=PROBE_MS_MAX)
            if waits:
                there = clients.topic_names(self._settings)
                self._sending.elsewhere(lambda message: message.topic not in there)

    def _wait_for_the_database(self, seconds: float) -> None:
        """Stay in the group, read nothing, and then read again what was not answered."""
        self._health.now(State.WAITING_FOR_DATABASE, "the log's database can't be reached")
        until = time.monotonic() + seconds
        self._offsets.back_to(batch.span for batch in self._batches)
        self._batches.clear()
        while time.monotonic() < until:
            ours = self._consumer.assignment()
            self._consumer.pause(*ours)
            for partition, records in self._polling.poll(POLL_MS).items():
                self._offsets.back_to([Span({partition: records}, self._owned)])
        self._consumer.resume(*self._consumer.paused())

    def _one_by_one(self, bug: Exception) -> None:
        """Take each command of the batches at hand by itself, so that only the bad one goes to quarantine."""
        self._answering.note(bug)
        if not self._batches:
            raise bug  # No command has met it, so leaving one out would not help.
        while self._batches:
            batch = self._batches[0]
            try:
                outgoing = self._answering.one_by_one(batch.messages)
            except LogUnavailable:
                self._wait_for_the_database(DATABASE_BACKOFF_SECONDS[0])
                return
            self._send(batch, outgoing)
            self._batches.popleft()
            self._look_after()

    def _finish(self) -> None:
        self._sending.wait(STOP_SECONDS_MAX)
        self._offsets.commit()

    def _partitions_of(self, topic: str) -> int:
        try:
            found: set[Any] = self._producer.partitions_for(topic)
        except KafkaError as error:
            if topic in {COMMANDS, REPLIES, QUARANTINE} and self._producer.bootstrap_connected():
                raise TopicMissing(topic) from error
            raise
        return len(found)

    def _instead(self, message: Outgoing, error: KafkaError) -> Outgoing:
        """What to send where the broker will never take a message. Raises its error where there is nothing else."""
        if message.topic == QUARANTINE and isinstance(error, MessageSizeTooLargeError) and (shorter := shortened(message)):
            return shorter
        if message.topic in {REPLIES, QUARANTINE}:
            raise error
        self._topics.give_up(message.topic)
        return to_the_common_topic(message, self._partitions_of(REPLIES))
