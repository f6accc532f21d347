"""A developer is deactivated while he creates, in another process: nothing is committed on his authority afterwards."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.settings import Settings
from commands.outcome import OutcomeKind
from tests.counts import Counts
from tests.kafka.creating_process import Creating, Way
from tests.kafka.world import World

CONFLICTS_MIN = 20
"""Of each way of taking batches: fewer, and hardly anything was decided on what was no longer so."""
AFTERWARDS = """
    SELECT happened.principal, happened.on_behalf_of, happened.topic, happened.notification_id
    FROM log.events AS deactivated
    JOIN log.events AS happened
        ON coalesce(happened.on_behalf_of::text, substr(happened.principal, 8)) = right(deactivated.originator_id, 36)
        AND happened.notification_id > deactivated.notification_id
    WHERE deactivated.topic = 'developer.deactivated.v1' AND happened.topic <> 'command.refused.v1'
"""
"""What happened on the authority of somebody who was deactivated before: by himself (`person:<id>`), or by a service for him. That he was
refused is told in his name as well."""
BEFORE = "SELECT count(DISTINCT coalesce(on_behalf_of::text, substr(principal, 8))) FROM log.events WHERE topic = 'app.created.v1'"
OUTCOMES = "SELECT command_id, coalesce(code, kind) FROM log.outcomes"
OF_COMMANDS = """
    SELECT command_id, array_agg(DISTINCT CASE topic WHEN 'command.refused.v1' THEN 'deactivated' ELSE 'accepted' END)
    FROM log.events GROUP BY command_id
"""


@pytest.fixture
def creating(without_bus: Settings) -> Iterator[Creating]:
    creating = Creating(without_bus)
    yield creating
    creating.close()


@pytest.mark.part_spine
@pytest.mark.timeout(300)
def test_nothing_is_committed_on_the_authority_of_a_developer_who_was_deactivated(
    without_bus: Settings, creating: Creating, counts: Counts, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world, chance = World(without_bus.home), random.Random(seed)
    told: dict[UUID, str] = {}
    conflicts: Counter[Way] = Counter()
    with Launchpad(without_bus) as launchpad:
        taker = launchpad.taker()
        for number in range(counts.races):
            name, way = f"d{number}", list(Way)[number % 2]
            (registered,) = taker.take([world.request(*world.register(name), world.admin)])
            assert registered.kind is OutcomeKind.ACCEPTED
            creating.begin(name, way)
            time.sleep(chance.uniform(0, 0.01))
            (deactivated,) = taker.take([world.request(*world.deactivate(name), world.admin)])
            assert deactivated.kind is OutcomeKind.ACCEPTED
            ended = creating.ended()
            told |= {UUID(command_id): what for command_id, what in ended["told"].items()}
            conflicts[way] += ended["conflicts"]
            if "deactivated" not in ended["told"].values():
                break  # Nobody told him: what he did is in the log.
    with capsys.disabled():
        found = ", ".join(f"{conflicts[way]} conflicts over him by {way}" for way in Way)
        sys.stdout.write(f"\ndeactivated {counts.races} times: {found}; {dict(Counter(told.values()))}\n")
    with psycopg.connect(without_bus.database) as connection:
        assert connection.execute(AFTERWARDS).fetchall() == []
        assert connection.execute(BEFORE.encode()).fetchone() == (counts.races,)
        outcomes = connection.execute(OUTCOMES.encode()).fetchall()
        of_commands: dict[UUID, list[str]] = dict(connection.execute(OF_COMMANDS).fetchall())
    # Every command has the one outcome that its sender was told, and the events that go with it.
    assert len(outcomes) == len(told) + 2 * counts.races
    assert told.items() <= dict(outcomes).items()
    assert {command_id: of_commands[command_id] for command_id in told} == {command_id: [what] for command_id, what in told.items()}
    assert set(told.values()) == {"accepted", "deactivated"}
    assert min(conflicts[way] for way in Way) >= CONFLICTS_MIN
