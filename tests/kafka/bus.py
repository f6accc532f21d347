"""The bus as a sender sees it: an ordinary Kafka client that sends what it likes, and hears every reply."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from adapters.kafka.topics import COMMANDS, EVENTS, QUARANTINE, REPLIES
from adapters.settings import Settings
from domain.derived_ids import POLICY_ID

SECONDS_MAX = 40


@dataclass(frozen=True)
class Heard:
    """A message that came."""

    topic: str
    partition: int
    key: bytes | None
    headers: dict[str, str]
    value: bytes

    @property
    def said(self) -> Any:  # noqa: ANN401 - JSON
        """The value as JSON."""
        return json.loads(self.value)


class Bus:
    """Sends commands and hears what comes on the other topics, from the moment that it is made."""

    def __init__(self, settings: Settings, *more_topics: str) -> None:
        self._options: dict[str, Any] = {**settings.kafka_client, "reconnect_backoff_max_ms": 500}
        self.producer = KafkaProducer(**self._options, enable_idempotence=False, acks="all", linger_ms=2)
        self._consumer = KafkaConsumer(**self._options, fetch_max_wait_ms=50, auto_offset_reset="earliest", enable_auto_commit=False)
        self._consumer.assign([place for topic in (REPLIES, EVENTS, QUARANTINE, *more_topics) for place in self.places(topic)])
        for place, end in self._consumer.end_offsets(list(self._consumer.assignment())).items():
            self._consumer.seek(place, end)
        self.last: Any = None
        """The future of what was sent last."""
        self.heard: dict[str, list[Heard]] = defaultdict(list)
        self.replies: dict[UUID, list[Heard]] = defaultdict(list)

    def places(self, topic: str) -> list[TopicPartition]:
        """A topic's partitions."""
        return [TopicPartition(topic, number) for number in sorted(self._consumer.partitions_for_topic(topic) or ())]

    def put(
        self,
        value: bytes | None,
        headers: Mapping[str, bytes] | Sequence[tuple[str, bytes]],
        key: bytes = b"k",
        partition: int | None = None,
    ) -> None:
        """Send any message at all to the commands topic."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        self.last = self.producer.send(COMMANDS, value, key, pairs, partition)

    def send(
        self,
        name: str,
        data: Mapping[str, Any],
        token: str,
        *,
        command_id: UUID | None = None,
        partition: int | None = None,
        **attributes: str,
    ) -> UUID:
        """Send a command; `attributes` are further CloudEvents attributes, without `ce_`."""
        command_id = command_id or uuid4()
        headers = as_headers(command_id, name, token, subject_of(data), attributes)
        self.put(json.dumps(data).encode(), headers, subject_of(data).encode(), partition)
        return command_id

    def listen(self, seconds: float = 0.2) -> None:
        """Take in what has come."""
        for records in self._consumer.poll(timeout_ms=int(seconds * 1000)).values():
            for record in records:
                headers = {name: bytes(value or b"").decode("utf-8", "replace") for name, value in record.headers}
                heard = Heard(record.topic, record.partition, record.key, headers, bytes(record.value or b""))
                self.heard[record.topic].append(heard)
                if headers.get("ce_type", "").startswith("command.") and "ce_sequence" not in headers:
                    self.replies[UUID(headers["ce_causationid"])].append(heard)

    def until(self, true: Callable[[], bool], what: str, seconds: float = SECONDS_MAX, pause: float = 0.2) -> None:
        """Listen until it is so, looking as often."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            self.listen(pause) if pause else time.sleep(0.001)

    def reply(self, command_id: UUID, count: int = 1) -> Any:  # noqa: ANN401 - JSON
        """Await the reply to a command (or so many), and give what the last one says."""
        self.until(lambda: len(self.replies[command_id]) >= count, f"reply {count} to {command_id}")
        return self.replies[command_id][-1].said

    def do(self, name: str, data: Mapping[str, Any], token: str, **attributes: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a command and await its reply."""
        return self.reply(self.send(name, data, token, **attributes))

    def quarantined(self) -> Iterator[Heard]:
        """What has come into quarantine."""
        yield from self.heard[QUARANTINE]

    def close(self) -> None:
        """Hang up."""
        self.producer.close(timeout=1)
        self._consumer.close()


def as_headers(command_id: UUID, name: str, token: str, subject: str, attributes: Mapping[str, str]) -> dict[str, bytes]:
    """The headers that a sender gives."""
    texts = {
        "ce_specversion": "1.0",
        "ce_id": str(command_id),
        "ce_type": name,
        "ce_source": "tests",
        "ce_subject": subject,
        **{f"ce_{attribute}": text for attribute, text in attributes.items()},
        "content-type": "application/json",
        "authorization": f"Bearer {token}",
    }
    return {header: text.encode() for header, text in texts.items()}


def subject_of(data: Mapping[str, Any]) -> str:
    """What a command is about."""
    names = ("part_id", "bulk_id", "app_id", "team_id", "developer_id", "product_id", "recipient_id", "message_id", "occasion_id")
    return str(next((data[name] for name in names if name in data), POLICY_ID))
