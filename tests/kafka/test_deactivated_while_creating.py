"""A developer is deactivated while he creates, in another process: nothing is committed on his authority afterwards."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.settings import Settings
from commands.outcome import OutcomeKind
from tests.counts import Counts
from tests.kafka.creating_process import Creating
from tests.kafka.world import World

CONFLICTS_MIN = 20
AFTERWARDS = """
    SELECT happened.principal, happened.topic, happened.notification_id
    FROM log.events AS deactivated
    JOIN log.events AS happened
        ON happened.principal = 'person:' || right(deactivated.originator_id, 36)
        AND happened.notification_id > deactivated.notification_id
    WHERE deactivated.topic = 'developer.deactivated.v1' AND happened.topic <> 'command.refused.v1'
"""
"""What happened on the authority of somebody who was deactivated before. That he was refused is told in his name as well."""


@pytest.fixture
def creating(without_bus: Settings) -> Iterator[Creating]:
    creating = Creating(without_bus)
    yield creating
    creating.close()


@pytest.mark.part_spine
@pytest.mark.timeout(300)
def test_nothing_is_committed_on_the_authority_of_a_developer_who_was_deactivated(
    without_bus: Settings, world: World, creating: Creating, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(17)
    said: Counter[str] = Counter()
    conflicts = 0
    with Launchpad(without_bus) as launchpad:
        taker = launchpad.taker()
        for number in range(counts.races):
            name = f"d{number}"
            (registered,) = taker.take([world.request(*world.register(name), world.admin)])
            assert registered.kind is OutcomeKind.ACCEPTED
            creating.begin(name)
            time.sleep(chance.uniform(0, 0.01))
            (deactivated,) = taker.take([world.request(*world.deactivate(name), world.admin)])
            assert deactivated.kind is OutcomeKind.ACCEPTED
            ended = creating.ended()
            said.update(ended["outcomes"])
            conflicts += ended["conflicts"]
    with capsys.disabled():
        sys.stdout.write(f"\ndeactivated {counts.races} times, {conflicts} conflicts; {dict(said)}\n")
    with psycopg.connect(without_bus.database) as connection:
        assert connection.execute(AFTERWARDS).fetchall() == []
        made = "SELECT count(*) FROM log.events WHERE topic = 'app.created.v1'"
        assert connection.execute(made.encode()).fetchone() == (said["accepted"],)
    assert conflicts >= CONFLICTS_MIN
    assert set(said) == {"accepted", "deactivated"}
    assert said["accepted"] >= counts.races
