"""The topics of the bus, with their settings and why; `create_topics` makes those that are missing and changes none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from adapters.kafka.clients import admin
from adapters.settings import Settings

COMMANDS: Final = "launchpad.commands"
REPLIES: Final = "launchpad.replies"
EVENTS: Final = "launchpad.events"
QUARANTINE: Final = "launchpad.quarantine"
ACCESS: Final = "launchpad.access"

DAY_MS: Final = 24 * 60 * 60 * 1000
FOREVER: Final = -1
BATCH_BYTES_MAX: Final = 1_048_588
"""Kafka's own default. The broker measures whole batches, and ordinary clients gather up to 1 MB in one: a limit at our 256 KiB a message
would refuse them. The worker looks at each message."""
QUARANTINE_BYTES_MAX: Final = 2 * BATCH_BYTES_MAX
"""A message that could not be read goes there whole, and with it what is known of it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be."""

    name: str
    why: str
    retention_ms: int
    batch_bytes_max: int = BATCH_BYTES_MAX
    compression: str = "producer"
    cleanup: str = "delete"
    """`compact`: of each key at least the last message stays, whatever the retention."""
    compacted_within_ms: int | None = None
    """By then an older message of a key is gone, where it is compacted."""

    def settings(self, replication: int) -> dict[str, str]:
        """Kafka's settings for it."""
        compaction = {} if self.compacted_within_ms is None else {"max.compaction.lag.ms": str(self.compacted_within_ms)}
        return {
            "cleanup.policy": self.cleanup,
            **compaction,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.batch_bytes_max),
            "compression.type": self.compression,
            # With three replicas one may be away, and still nothing acknowledged is lost.
            "min.insync.replicas": str(max(1, replication - 1)),
        }


TOPICS: Final = (
    Topic(
        COMMANDS,
        "A week outlasts the longest holiday of whoever has to start the workers again. The broker unpacks what clients have compressed"
        " (`uncompressed`), so that every client's compression can be read.",
        retention_ms=7 * DAY_MS,
        compression="uncompressed",
    ),
    Topic(REPLIES, "Whoever waits for a reply reads it at once; a day is for looking into troubles.", retention_ms=DAY_MS),
    Topic(
        EVENTS,
        "For ever: a new follower begins at the first event, without asking us. Personal data in it stay sealed, so that forgetting a"
        " person needs no deletion here. It may be shortened: the log keeps everything.",
        retention_ms=FOREVER,
    ),
    Topic(
        QUARANTINE,
        "A month to look at what could not be read, and to send it again.",
        retention_ms=30 * DAY_MS,
        batch_bytes_max=QUARANTINE_BYTES_MAX,
    ),
    Topic(
        ACCESS,
        "The last state of each row is kept for ever, older ones go within a day: a gateway that starts from nothing reads little more"
        " than what counts now, and one that was away for less sees every change.",
        retention_ms=FOREVER,
        cleanup="compact",
        compacted_within_ms=DAY_MS,
    ),
)


class Found(StrEnum):
    """What became of a topic."""

    CREATED = "created"
    THERE = "there"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is: `differences` say where it is not as it should be."""

    name: str
    found: Found
    partitions: int
    differences: tuple[str, ...] = field(default=())


def create_topics(settings: Settings) -> list[TopicState]:
    """Create what is missing; what is there stays as it is, and is compared. Raises KafkaError, OSError."""
    client = admin(settings)
    try:
        return [_create(client, topic, settings) for topic in TOPICS]
    finally:
        client.close()


def _create(client: KafkaAdminClient, topic: Topic, settings: Settings) -> TopicState:
    partitions, replication = settings.kafka_partitions, settings.kafka_replication
    new = NewTopic(topic.name, partitions, replication, topic_configs=topic.settings(replication))
    try:
        client.create_topics([new], wait_for_metadata=True)
    except TopicAlreadyExistsError:
        there = _partitions(client, topic.name)
        differences = _differences(client, topic, partitions, there, replication)
        return TopicState(topic.name, Found.DIFFERS if differences else Found.THERE, there, tuple(differences))
    return TopicState(topic.name, Found.CREATED, partitions)


def _partitions(client: KafkaAdminClient, name: str) -> int:
    (described,) = client.describe_topics([name])
    return len(described["partitions"])


def _differences(client: KafkaAdminClient, topic: Topic, partitions: int, there: int, replication: int) -> list[str]:
    described: Mapping[str, Any] = client.describe_configs([ConfigResource("TOPIC", topic.name)], config_filter="all")
    actual = described["topic"][topic.name]
    differences = [] if there == partitions else [f"{there} partitions instead of {partitions}"]
    for name, wanted in topic.settings(replication).items():
        is_there = str(actual[name]["value"])
        if is_there != wanted:
            differences.append(f"{name}={is_there} instead of {wanted}")
    return differences
