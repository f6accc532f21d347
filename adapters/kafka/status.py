"""How the bus is doing, seen from outside of any worker: what is there, who works, and how far behind they are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import CoordinatorNotAvailableError, KafkaError

from adapters.kafka.clients import admin
from adapters.kafka.topics import COMMANDS, QUARANTINE, TOPICS
from adapters.kafka.worker import GROUP
from adapters.settings import Settings


@dataclass(frozen=True, slots=True)
class BusStatus:
    """A moment's view of the bus. Where it can't be reached, `error` says why and nothing else is known."""

    error: str | None = None
    missing_topics: tuple[str, ...] = ()
    workers: int = 0
    """Members of the group."""
    commands_waiting: int = 0
    """Sent, and not answered for certain yet: the group's lag."""
    quarantined: int = 0
    """What lies in quarantine now."""

    @property
    def healthy(self) -> bool:
        """Whether a command that is sent now will be answered."""
        return self.error is None and not self.missing_topics and self.workers > 0


def bus_status(settings: Settings, group: str = GROUP) -> BusStatus:
    """Look at topics, group and quarantine; never raises because of Kafka."""
    try:
        client = admin(settings)
    except (KafkaError, OSError) as error:
        return BusStatus(error=f"Kafka does not answer ({type(error).__name__})")
    try:
        there = set(client.list_topics())
        missing = tuple(topic.name for topic in TOPICS if topic.name not in there)
        return BusStatus(
            missing_topics=missing,
            workers=_workers(client, group),
            commands_waiting=0 if COMMANDS in missing else _lag(client, group),
            quarantined=0 if QUARANTINE in missing else _kept(client, QUARANTINE),
        )
    except (KafkaError, OSError) as error:
        return BusStatus(error=f"Kafka does not answer as it should ({type(error).__name__})")
    finally:
        client.close()


def _workers(client: KafkaAdminClient, group: str) -> int:
    try:
        groups: Mapping[str, Any] = client.describe_groups([group])
    except CoordinatorNotAvailableError:
        return 0  # No group has ever asked this broker for anything.
    return len(groups[group]["members"] or ()) if group in groups else 0


def _lag(client: Any, group: str) -> int:  # noqa: ANN401 - its types leave this call out
    committed: Mapping[TopicPartition, Any] = {}
    with suppress(CoordinatorNotAvailableError):
        committed = client.list_group_offsets(group).get(group, {})
    begins, ends = _offsets(client, COMMANDS, OffsetSpec.EARLIEST), _offsets(client, COMMANDS, OffsetSpec.LATEST)
    return sum(end - (committed[partition].offset if partition in committed else begins[partition]) for partition, end in ends.items())


def _kept(client: KafkaAdminClient, topic: str) -> int:
    begins, ends = _offsets(client, topic, OffsetSpec.EARLIEST), _offsets(client, topic, OffsetSpec.LATEST)
    return sum(end - begins[partition] for partition, end in ends.items())


def _offsets(client: KafkaAdminClient, topic: str, spec: OffsetSpec) -> dict[TopicPartition, int]:
    (described,) = client.describe_topics([topic])
    partitions = [TopicPartition(topic, each["partition_index"]) for each in described["partitions"]]
    found: Mapping[TopicPartition, Any] = client.list_partition_offsets(dict.fromkeys(partitions, spec))
    return {partition: each.offset for partition, each in found.items()}
