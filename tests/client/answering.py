"""A service at the other end of the commands topic, for tests of the client alone: it answers as it is told and remembers what came."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from adapters.local.kafka import LocalKafka

Answer = Callable[[dict[str, str], Any], dict[str, Any] | None]


def accepted(headers: dict[str, str], payload: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Accept everything."""
    return {"command_id": headers["ce_id"], "outcome": "accepted", "position": 7}


def make_topics(kafka: LocalKafka, **partitions: int) -> None:
    """Create topics."""
    admin = KafkaAdminClient(bootstrap_servers=kafka.servers)
    admin.create_topics([NewTopic(name, count, 1) for name, count in partitions.items()])
    admin.close()


@dataclass
class Answering:
    """What came: the record's key, its headers, its payload."""

    came: list[tuple[bytes, dict[str, str], Any]]


@contextmanager
def answering(kafka: LocalKafka, commands: str, answer: Answer = accepted, replies_each: int = 1) -> Iterator[Answering]:
    """Answer every command on that topic, to the topic that it names."""
    stop, heard = threading.Event(), Answering([])
    consumer = KafkaConsumer(bootstrap_servers=kafka.servers, auto_offset_reset="earliest", reconnect_backoff_max_ms=500)
    consumer.assign([TopicPartition(commands, 0)])
    producer = KafkaProducer(bootstrap_servers=kafka.servers, reconnect_backoff_max_ms=500, enable_idempotence=False, acks="all")

    def run() -> None:
        while not stop.is_set():
            for records in consumer.poll(timeout_ms=100).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    payload = json.loads(record.value)
                    heard.came.append((record.key, headers, payload))
                    said = answer(headers, payload)
                    if said is None:
                        continue
                    kind = "refused" if said["outcome"] == "command_id_reused" else said["outcome"]
                    attributes = {
                        "ce_type": f"command.{kind}.v1",
                        "ce_causationid": headers["ce_id"],
                        "ce_correlationid": headers.get("ce_correlationid", headers["ce_id"]),
                    }
                    for _ in range(replies_each):
                        producer.send(
                            headers["ce_replyto"], json.dumps(said).encode(), headers=[(n, t.encode()) for n, t in attributes.items()]
                        )

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()
        producer.close(timeout=1)
        consumer.close()
