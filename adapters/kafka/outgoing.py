"""What goes out to Kafka: sent at once, and held until the broker has acknowledged it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, RetriableError, UnknownTopicOrPartitionError
from kafka.future import Future

ACKNOWLEDGED_SECONDS_MAX: Final = 30.0
"""What is not acknowledged by then is sent again by a new producer: an old one may never answer again."""
LOOK_SECONDS: Final = 0.001

Headers = list[tuple[str, bytes]]


class Outgoing(NamedTuple):
    """A message on its way out. The partition is given, since kafka-python's hash of keys is slow."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: Headers


@dataclass(slots=True)
class _Held:
    messages: Sequence[Outgoing]
    futures: list[Future]
    since: float
    then: Callable[[], None]


class Sending:
    """Sends groups of messages; `then` of a group is called, in order, once all of it is acknowledged."""

    def __init__(self, producer: KafkaProducer, instead: Callable[[Outgoing, KafkaError], Outgoing]) -> None:
        self._producer = producer
        self._instead = instead
        self._held: deque[_Held] = deque()

    @property
    def groups(self) -> int:
        """How many groups are not acknowledged yet."""
        return len(self._held)

    @property
    def since(self) -> float | None:
        """Since when (monotonic) the oldest group has waited."""
        return self._held[0].since if self._held else None

    def send(self, messages: Sequence[Outgoing], then: Callable[[], None]) -> None:
        """Send a group; it goes out while the caller goes on."""
        self._held.append(_Held(messages, [self._one(message) for message in messages], time.monotonic(), then))

    def look(self) -> None:
        """Finish the groups that are acknowledged. Raises KafkaError where one can't be, or not in time."""
        while self._held:
            oldest = self._held[0]
            if not all(future.is_done for future in oldest.futures):
                if time.monotonic() - oldest.since > ACKNOWLEDGED_SECONDS_MAX:
                    raise KafkaTimeoutError(f"messages were not acknowledged within {ACKNOWLEDGED_SECONDS_MAX:g} s")
                return
            if self._again(oldest):
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
            for place, (message, future) in enumerate(zip(held.messages, held.futures, strict=True)):
                if not future.is_done and gone(message):
                    instead = self._instead(message, UnknownTopicOrPartitionError(message.topic))
                    held.messages = [*held.messages[:place], instead, *held.messages[place + 1 :]]
                    held.futures[place] = self._one(instead)

    def _again(self, held: _Held) -> bool:
        """Send again what failed, and what can't go where it should, elsewhere."""
        failed = [place for place, future in enumerate(held.futures) if future.exception is not None]
        if not failed:
            return False
        held.messages = list(held.messages)
        for place in failed:
            error = held.futures[place].exception
            if not isinstance(error, KafkaError):
                raise error or RuntimeError("a message failed without an error")
            if not isinstance(error, RetriableError):
                held.messages[place] = self._instead(held.messages[place], error)
            held.futures[place] = self._one(held.messages[place])
        return True

    def _one(self, message: Outgoing) -> Future:
        topic, partition, key, value, headers = message
        try:
            return self._producer.send(topic, value, key, headers, partition)
        except KafkaError as error:
            return Future().failure(error)
