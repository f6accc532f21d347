"""A bus with its topics, fresh databases behind it, and a worker where a test asks for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import RetriableError

from adapters.compose import Launchpad
from adapters.kafka.clients import Membership, admin
from adapters.kafka.health import State
from adapters.kafka.topics import COMMANDS, create_topics
from adapters.kafka.worker import Worker
from adapters.local.kafka import LocalKafka
from adapters.settings import Settings
from adapters.taking import Taker
from tests.kafka.bus import Bus
from tests.kafka.world import World


@pytest.fixture
def without_bus(database: str, vault_database: str, tmp_path: Path) -> Settings:
    """Fresh databases."""
    return Settings(database_url=database, vault_url=vault_database, home=tmp_path, local_issuer="on")


@pytest.fixture
def settings(without_bus: Settings, kafka_server: LocalKafka) -> Settings:
    """Fresh databases and the bus, with its topics."""
    settings = without_bus.but(kafka=(kafka_server.servers,))
    create_topics(settings)
    return settings


@pytest.fixture
def group(settings: Settings) -> str:
    """A group of the test's own, at the end of the topic: what another test has sent is no business of this one."""
    group = f"test-{uuid4()}"
    client: Any = admin(settings)
    (described,) = client.describe_topics([COMMANDS])
    places = [TopicPartition(COMMANDS, each["partition_index"]) for each in described["partitions"]]
    deadline = time.monotonic() + 20
    while True:
        try:
            client.reset_group_offsets(group, dict.fromkeys(places, OffsetSpec.LATEST))
        except RetriableError:  # A new broker makes the topic of offsets at the first question.
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            client.close()
            return group


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    """An ordinary client."""
    bus = Bus(settings)
    yield bus
    bus.close()


@pytest.fixture
def worker(settings: Settings, group: str) -> Iterator[Worker]:
    """A worker in a thread."""
    with working(settings, group) as worker:
        yield worker


@pytest.fixture
def world(without_bus: Settings) -> World:
    """People with tokens."""
    return World(without_bus.home)


@contextmanager
def working(
    settings: Settings, group: str, membership: Membership | None = None, make_taker: Callable[[Launchpad], Taker] = Launchpad.taker
) -> Iterator[Worker]:
    """Run a worker in a thread, until it has ended in good order."""
    stopped = threading.Event()
    with Launchpad(settings) as launchpad:
        worker = Worker(settings, lambda: make_taker(launchpad), membership, group)
        thread = threading.Thread(target=worker.run, args=[stopped], name="worker")
        thread.start()
        try:
            yield worker
        finally:
            stopped.set()
            thread.join(30)
            assert not thread.is_alive()
    assert worker.health.report.state is State.STOPPED
