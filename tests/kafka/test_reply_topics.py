"""Replies go where the sender asks, if he may ask for it; else to the common topic, which says why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka.admin import NewTopic

from adapters.kafka.clients import admin
from adapters.kafka.replies import LOOK_AGAIN_SECONDS
from adapters.kafka.topics import COMMANDS, EVENTS, REPLIES
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from tests.kafka.bus import Bus
from tests.kafka.world import World


def create(settings: Settings, *names: str, **configs: str) -> None:
    client = admin(settings)
    client.create_topics([NewTopic(name, 3, 1, topic_configs=configs) for name in names], wait_for_metadata=True)
    client.close()


@pytest.fixture
def mine(settings: Settings) -> str:
    """A reply topic of the sender's own."""
    name = f"launchpad.replies.{uuid4()}"
    create(settings, name)
    return name


@pytest.fixture
def bus(settings: Settings, mine: str) -> Iterator[Bus]:
    bus = Bus(settings, mine)
    yield bus
    bus.close()


def where(bus: Bus, command_id: UUID) -> tuple[str, str | None]:
    bus.reply(command_id)
    (reply,) = bus.replies[command_id]
    return reply.topic, reply.headers.get("ce_replytorefused")


def test_a_reply_goes_to_the_topic_that_the_command_names(bus: Bus, worker: Worker, world: World, mine: str) -> None:
    command_id = bus.send(*world.register("olga"), world.token("developer:olga"), replyto=mine)
    assert where(bus, command_id) == (mine, None)


@pytest.mark.parametrize("wanted", [COMMANDS, EVENTS, "launchpad.quarantine", "billing.replies", "launchpad", "__consumer_offsets", "é"])
def test_a_reply_never_goes_where_no_prefix_allows_it(bus: Bus, worker: Worker, world: World, wanted: str) -> None:
    command_id = bus.send(*world.register("olga"), world.token("developer:olga"), replyto=wanted)
    assert where(bus, command_id) == (REPLIES, "not_allowed")
    assert not bus.heard[EVENTS]


def test_naming_topics_that_are_not_there_slows_nobody_down(bus: Bus, worker: Worker, world: World) -> None:
    token = world.token("developer:olga")
    began = time.monotonic()
    sent = [bus.send(*world.register("olga"), token, replyto=f"launchpad.replies.{uuid4()}") for _ in range(200)]
    assert {where(bus, each) for each in sent} == {(REPLIES, "unknown")}
    assert time.monotonic() - began < 5


def test_a_reply_topic_that_was_just_created_is_noticed(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    token, name = world.token("developer:olga"), f"launchpad.replies.{uuid4()}"
    assert where(bus, bus.send(*world.register("olga"), token, replyto=name)) == (REPLIES, "unknown")
    create(settings, name)
    late = Bus(settings, name)
    time.sleep(LOOK_AGAIN_SECONDS)
    assert where(late, late.send(*world.register("olga"), token, replyto=name)) == (name, None)
    late.close()


def test_a_reply_that_its_topic_does_not_take_goes_to_the_common_one(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    name = f"launchpad.replies.{uuid4()}"
    create(settings, name, **{"max.message.bytes": "100"})
    command_id = bus.send(*world.register("olga"), world.token("developer:olga"), replyto=name)
    assert where(bus, command_id) == (REPLIES, "failed")


def test_a_reply_topic_that_is_deleted_keeps_nobody_waiting(bus: Bus, worker: Worker, world: World, settings: Settings, mine: str) -> None:
    token = world.token("developer:olga")
    assert where(bus, bus.send(*world.register("olga"), token, replyto=mine)) == (mine, None)
    client: Any = admin(settings)
    client.delete_topics([mine])
    client.close()
    sent = [bus.send(*world.create("olga"), token, replyto=mine) for _ in range(3)]
    bus.until(lambda: all(bus.replies[each] for each in sent), "every reply", seconds=15)
    assert {bus.replies[each][0].topic for each in sent} == {REPLIES}
