"""What goes out to Kafka: sent at once, and held until the broker has acknowledged it."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, RetriableError, UnknownTopicOrPartitionError
from kafka.future import Future

from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.record_batch import send_together

ACKNOWLEDGED_SECONDS_MAX: Final = 30.0
"""What is not acknowledged by then is sent again by a new producer: an old one may never answer again."""
LOOK_SECONDS: Final = 0.001
TOGETHER_BYTES_MAX: Final = 256 * 1024
"""Of values in one record batch. Should it be too large for a topic all the same, its messages are sent again one by one."""

Sent = tuple[Sequence[Outgoing], Future]


@dataclass(slots=True)
class _Held:
    sent: list[Sent]
    since: float
    then: Callable[[], None]


class Sending:
    """Sends groups of messages; `then` of a group is called, in order, once all of it is acknowledged.

    Messages to the topics in `together`, which the producer must know, go out as one record batch for each partition.
    `instead` says what to send in place of a message that the broker will never take, or raises.
    """

    def __init__(self, producer: KafkaProducer, together: Collection[str], instead: Callable[[Outgoing, KafkaError], Outgoing]) -> None:
        self._producer = producer
        self._together = together
        self._instead = instead
        self._held: deque[_Held] = deque()

    @property
    def since(self) -> float | None:
        """Since when (monotonic) the oldest group has waited."""
        return self._held[0].since if self._held else None

    def send(self, messages: Sequence[Outgoing], then: Callable[[], None]) -> None:
        """Send a group; it goes out while the caller goes on."""
        places: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for message in messages:
            places[message[0], message[1]].append(message)
        sent: list[Sent] = []
        for (topic, partition), each in places.items():
            if topic in self._together and sum(len(message.value) for message in each) <= TOGETHER_BYTES_MAX:
                sent.append((each, send_together(self._producer, topic, partition, each)))
            else:
                sent += [((message,), self._one(message)) for message in each]
        self._held.append(_Held(sent, time.monotonic(), then))

    def look(self) -> None:
        """Finish the groups that are acknowledged. Raises KafkaError where one can't be, or not in time."""
        while self._held:
            oldest = self._held[0]
            if not all(future.is_done for _, future in oldest.sent):
                if time.monotonic() - oldest.since > ACKNOWLEDGED_SECONDS_MAX:
                    raise KafkaTimeoutError(f"messages were not acknowledged within {ACKNOWLEDGED_SECONDS_MAX:g} s")
                return
            if any(future.exception is not None for _, future in oldest.sent):
                self._again(oldest)
                return
            self._held.popleft()
            oldest.then()

    def wait(self, seconds: float, groups_max: int = 0) -> bool:
        """Wait until no more than that many groups are left, for so long at most; say whether it came so. Raises KafkaError."""
        until = time.monotonic() + seconds
        while True:
            self.look()
            if len(self._held) <= groups_max:
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK_SECONDS)

    def elsewhere(self, gone: Callable[[Outgoing], bool]) -> None:
        """Send elsewhere what waits for a topic that is gone: nobody would ever acknowledge it."""
        for held in self._held:
            for place, (messages, future) in enumerate(held.sent):
                if not future.is_done and gone(messages[0]):
                    instead = self._instead(messages[0], UnknownTopicOrPartitionError(messages[0].topic))
                    held.sent[place] = (instead,), self._one(instead)

    def _again(self, held: _Held) -> None:
        """Send again, one by one, what failed; and what can't go where it should, elsewhere."""
        again: list[Sent] = []
        for messages, future in held.sent:
            error = future.exception
            if error is None:
                continue
            if not isinstance(error, KafkaError):
                raise error
            alone = len(messages) == 1
            for message in messages:
                sure = alone and not isinstance(error, RetriableError)
                next_try = self._instead(message, error) if sure else message
                again.append(((next_try,), self._one(next_try)))
        held.sent = again

    def _one(self, message: Outgoing) -> Future:
        topic, partition, key, value, headers = message
        try:
            return self._producer.send(topic, value, key, headers, partition)
        except KafkaError as error:
            return Future().failure(error)
