"""Database, then replies, then offsets: whatever breaks in between is made good by whoever reads next."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from kafka import TopicPartition

from adapters.compose import Launchpad
from adapters.kafka.clients import admin
from adapters.kafka.outgoing import Sending
from adapters.kafka.topics import COMMANDS
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from tests.kafka.bus import Bus
from tests.kafka.conftest import working
from tests.kafka.worker_process import worker_process
from tests.kafka.world import World


def committed(settings: Settings, group: str) -> dict[TopicPartition, int]:
    client: Any = admin(settings)
    found = {place: each.offset for place, each in client.list_group_offsets(group).get(group, {}).items()}
    client.close()
    return found


def lag(settings: Settings, group: str, bus: Bus) -> int:
    at = committed(settings, group)
    ends = bus._consumer.end_offsets(bus.places(COMMANDS))
    return sum(end - at.get(place, 0) for place, end in ends.items())


def decided(settings: Settings) -> int:
    with psycopg.connect(settings.database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM log.outcomes").fetchone() or (0,)
    return int(count)


def test_offsets_wait_for_the_replies_and_replies_for_the_database(
    bus: Bus, settings: Settings, group: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker's acknowledgement is held back: what is decided then is not committed, and the next worker answers it again."""
    held = threading.Event()
    look = Sending.look

    def hold(self: Sending) -> None:
        if not held.is_set():
            look(self)

    monkeypatch.setattr(Sending, "look", hold)
    monkeypatch.setattr("adapters.kafka.session.STOP_SECONDS_MAX", 0.5)
    with working(settings, group):
        bus.do(*world.register("olga"), world.token("developer:olga"))
        bus.until(lambda: lag(settings, group, bus) == 0, "offsets are committed")
        before = committed(settings, group)
        held.set()
        command_id = bus.send(*world.create("olga"), world.token("developer:olga"))
        first = bus.reply(command_id)
        time.sleep(0.5)
        assert decided(settings) == 2
        assert committed(settings, group) == before
        held.clear()
        held.set()
    monkeypatch.undo()
    with working(settings, group):
        assert bus.reply(command_id, count=2) == first
        bus.until(lambda: lag(settings, group, bus) == 0, "offsets are committed")
    assert decided(settings) == 2


def test_a_worker_that_is_stopped_under_load_leaves_the_group_and_loses_nothing(
    bus: Bus, settings: Settings, group: str, world: World
) -> None:
    token = world.token("developer:olga")
    with Launchpad(settings) as launchpad:
        launchpad.taker().take([world.request(*world.register("olga"), token)])
    sent = [bus.send(*world.create("olga"), token) for _ in range(3_000)]
    bus.producer.flush()
    worker = worker_process(settings, group)
    worker.begin()
    bus.until(lambda: decided(settings) > 200, "it is at work", pause=0)
    assert worker.terminate() == 0
    stopped_at = decided(settings) - 1  # Less the registration.
    assert 0 < stopped_at < len(sent)
    client: Any = admin(settings)
    assert client.describe_groups([group])[group]["members"] == []
    client.close()
    # Nothing decided is uncommitted: the batch at hand was finished.
    assert lag(settings, group, bus) == len(sent) - stopped_at
    with working(settings, group):
        bus.until(lambda: all(bus.replies[each] for each in sent), "every reply")
    assert sum(len(bus.replies[each]) for each in sent) == len(sent)
    assert decided(settings) == len(sent) + 1


def test_two_workers_share_the_partitions_and_a_third_may_come_and_go(bus: Bus, settings: Settings, group: str, world: World) -> None:
    token = world.token("developer:olga")
    with working(settings, group) as one, working(settings, group) as two:
        bus.do(*world.register("olga"), token)
        sent: list[UUID] = []

        def all_answered() -> bool:
            return all(bus.replies[each] for each in sent)

        for _ in range(6):
            sent += [bus.send(*world.create("olga"), token) for _ in range(200)]
            with working(settings, group):
                bus.until(all_answered, "every reply")
        assert {bus.replies[each][0].said["outcome"] for each in sent} == {"accepted"}
        assert one.health.report.commands > 0
        assert two.health.report.commands > 0
        # What was taken before a partition changed hands is read again by its new owner.
        bus.until(lambda: lag(settings, group, bus) == 0, "offsets are committed")


def test_health_says_that_it_runs_and_how_much_it_did(bus: Bus, worker: Worker, world: World) -> None:
    bus.do(*world.register("olga"), world.token("developer:olga"))
    report = worker.health.report
    assert (report.state, report.healthy, report.last_error, report.commands) == ("running", True, None, 1)


def test_a_command_in_every_partition_is_answered_from_its_own(bus: Bus, worker: Worker, world: World) -> None:
    places = bus.places(COMMANDS)
    sent = {bus.send("app.create.v1", {"app_id": str(uuid4())}, world.admin, partition=place.partition): place for place in places}
    bus.until(lambda: all(bus.replies[each] for each in sent), "every reply")
    assert {each: bus.replies[each][0].partition for each in sent} == {each: place.partition for each, place in sent.items()}
