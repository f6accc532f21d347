"""A worker that is killed with -9 in the middle of its batches, again and again: one effect for each command, and every reply."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from kafka import TopicPartition

from adapters.compose import Launchpad
from adapters.kafka.clients import admin
from adapters.kafka.topics import COMMANDS
from adapters.settings import Settings
from tests.counts import Counts
from tests.kafka.bus import Bus
from tests.kafka.worker_process import worker_process
from tests.kafka.world import World

ROUND_COMMANDS = 400
"""More than a worker does before it is killed, so that it dies at work."""
CREATED = ("app_name.taken.v1", "app.created.v1", "app.approved.v1")


@dataclass
class Sent:
    """What was sent, and what the rules say must become of it."""

    expected: dict[UUID, tuple[str, ...]] = field(default_factory=dict)
    places: dict[UUID, TopicPartition] = field(default_factory=dict)
    offsets: dict[UUID, int] = field(default_factory=dict)
    """Where it stands first: what was committed beyond is done with it."""
    times: Counter[UUID] = field(default_factory=Counter)


class Sender:
    """Sends what has a known effect: apps made and edited, requests that are refused, and some that are sent twice."""

    def __init__(self, bus: Bus, world: World, seed: int) -> None:
        self.bus = bus
        self._world = world
        self._token = world.token("developer:olga")
        self.random = random.Random(seed)
        self.sent = Sent()

    def send(self, commands: int) -> None:
        """Send so many; what is about one app is in one partition, in order."""
        futures: list[tuple[UUID, Any]] = []
        while len(futures) < commands:
            name, data = self._world.create("olga")
            futures.append(self._one(name, data, CREATED))
            app = {"app_id": data["app_id"]}
            match self.random.randrange(4):
                case 0:
                    futures.append(self._one("app.edit.v1", app | {"description": "Edited"}, ("app.edited.v1",)))
                case 1:
                    futures.append(self._one("app.reinstate.v1", app, ("command.refused.v1",)))
                case 2:
                    futures.append(self._one(name, data, CREATED, again=futures[-1][0]))
                case _:
                    pass
        for command_id, future in futures:
            written = future.get(timeout=30)
            self.sent.times[command_id] += 1
            self.sent.places[command_id] = TopicPartition(COMMANDS, written.partition)
            self.sent.offsets.setdefault(command_id, written.offset)

    def _one(self, name: str, data: dict[str, Any], expected: tuple[str, ...], again: UUID | None = None) -> tuple[UUID, Any]:
        command_id = self.bus.send(name, data, self._token, command_id=again or uuid4())
        self.sent.expected[command_id] = expected
        return command_id, self.bus.last


@pytest.fixture
def sender(bus: Bus, world: World, seed: int, settings: Settings) -> Sender:
    """Somebody who sends, and who is registered already."""
    with Launchpad(settings) as launchpad:
        launchpad.taker().take([world.request(*world.register("olga"), world.token("developer:olga"))])
    return Sender(bus, world, seed)


@pytest.mark.part_spine
@pytest.mark.timeout(400)
def test_each_command_has_one_effect_and_its_reply_however_often_the_worker_is_killed(
    sender: Sender, settings: Settings, group: str, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    bus, chance, caught = sender.bus, sender.random, 0
    settings = settings.but(batch_max=20)
    worker = worker_process(settings, group, "worker")
    with psycopg.connect(settings.database, autocommit=True) as connection:
        for _ in range(counts.kills):
            following = worker_process(settings, group, "worker")
            sender.send(ROUND_COMMANDS)
            worker.begin()
            before = outcomes(connection)
            bus.until(lambda before=before: outcomes(connection) > before, "the worker works", pause=0)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.1))
            assert worker.kill() == -9
            caught += decided_and_not_committed(connection, settings, group, sender.sent) > 0
            worker = following
        worker.begin()
        sent = sender.sent
        bus.until(lambda: all(bus.replies[each] for each in sent.expected), "every reply", seconds=120)
        assert worker.terminate() == 0
        effects: dict[UUID, list[str]] = {each: [] for each in sent.expected}
        for command_id, name in connection.execute("SELECT command_id, topic FROM log.events ORDER BY notification_id"):
            if command_id in effects:
                effects[command_id].append(name)
    with capsys.disabled():
        sys.stdout.write(f"\nkilled {counts.kills} times, {caught} of them between poll and commit; {len(sent.expected)} commands\n")
    assert caught >= counts.kills / 2
    assert {each: tuple(names) for each, names in effects.items()} == sent.expected
    assert all(len({reply.value for reply in bus.replies[each]}) == 1 for each in sent.expected)
    said = Counter(bus.replies[each][0].said["outcome"] for each in sent.expected)
    assert said == Counter("refused" if names == ("command.refused.v1",) else "accepted" for names in sent.expected.values())
    assert all(len(bus.replies[each]) >= sent.times[each] for each in sent.expected)
    assert sum(len(bus.replies[each]) for each in sent.expected) > sent.times.total()  # Some were read again, and answered again.


def outcomes(connection: psycopg.Connection[Any]) -> int:
    """How many commands are decided."""
    (count,) = connection.execute("SELECT count(*) FROM log.outcomes").fetchone() or (0,)
    return int(count)


def decided_and_not_committed(connection: psycopg.Connection[Any], settings: Settings, group: str, sent: Sent) -> int:
    """How many commands were in the log when the worker died, while their offsets were not committed."""
    decided = {command_id for (command_id,) in connection.execute("SELECT command_id FROM log.outcomes")}
    client: Any = admin(settings)
    committed = client.list_group_offsets(group)[group]
    client.close()
    return sum(sent.offsets[each] >= committed[sent.places[each]].offset for each in decided & sent.offsets.keys())
