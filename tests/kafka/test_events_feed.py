"""The events topic: all that happened, in order, as it is stored; and the bookmark moves only once the broker has it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
import pytest
from kafka.errors import KafkaTimeoutError

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.kafka.events_feed import EventsFeed, EventsTopic
from adapters.kafka.topics import EVENTS, create_topics
from adapters.postgres.following import Follower, Following
from adapters.postgres.pages import StoredRow
from adapters.postgres.stopped import SinkAway
from adapters.settings import Settings
from domain.recorded import event_id
from tests import servers
from tests.kafka.bus import Bus, Heard
from tests.kafka.world import World


def take(settings: Settings, *requests: Request) -> None:
    with Launchpad(settings) as launchpad:
        launchpad.taker().take(requests)


def history(settings: Settings, world: World, apps: int = 20) -> None:
    """Three people with apps of their own."""
    names = ["olga", "otto", "oskar"]
    take(settings, *(world.request(*world.register(name), world.token(f"developer:{name}")) for name in names))
    take(
        settings,
        *(world.request(*world.create(names[number % 3]), world.token(f"developer:{names[number % 3]}")) for number in range(apps)),
    )


def bookmark(settings: Settings) -> int:
    with psycopg.connect(settings.database) as connection:
        found = connection.execute("SELECT position FROM following.bookmark WHERE read_model = 'events'").fetchone()
    return int(found[0]) if found else 0


@contextmanager
def feeding(settings: Settings) -> Iterator[Follower]:
    feed = EventsFeed(settings)
    with Follower(settings.database, feed) as follower:
        yield follower
    feed.close()


def sequences(heard: Sequence[Heard]) -> list[int]:
    return [int(each.headers["ce_sequence"]) for each in heard]


def test_all_events_come_once_with_their_stored_bytes_and_in_order_for_each_subject(bus: Bus, settings: Settings, world: World) -> None:
    history(settings, world)
    with feeding(settings) as follower:
        bus.until(lambda: bookmark(settings) == 63, "the bookmark moves")
        bus.until(lambda: len(bus.heard[EVENTS]) >= 63, "events")
        assert follower.status.state is Following.FOLLOWING
    heard = bus.heard[EVENTS]
    assert sorted(sequences(heard)) == list(range(1, 64))
    places = defaultdict(list)
    for each in heard:
        assert each.key == each.headers["ce_subject"].encode()
        places[each.key].append(each)
    for each_subject in places.values():
        assert len({each.partition for each in each_subject}) == 1
        assert sequences(each_subject) == sorted(sequences(each_subject))
    with psycopg.connect(settings.database) as connection:
        rows = connection.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state, recorded_at, coalesce(app_id::text, right(originator_id, 36)),"
            " command_id, (SELECT epoch::text FROM log.epoch) FROM log.events ORDER BY 1"
        ).fetchall()
    for each, row in zip(sorted(heard, key=lambda each: int(each.headers["ce_sequence"])), rows, strict=True):
        _, stream, version, name, state, recorded_at, about, command_id, epoch = row
        said = each.headers
        assert each.value == state
        assert (said["ce_id"], said["ce_type"]) == (str(event_id(stream, version)), name)
        assert (said["ce_stream"], said["ce_streamversion"], said["ce_subject"]) == (stream, str(version), about)
        assert (said["ce_logepoch"], said["ce_commandid"], said["ce_correlationid"]) == (epoch, str(command_id), str(command_id))
        assert said["ce_time"] == recorded_at.isoformat()


def test_personal_data_stay_sealed_on_the_topic(bus: Bus, settings: Settings, world: World) -> None:
    history(settings, world, apps=0)
    with feeding(settings):
        bus.until(lambda: len(bus.heard[EVENTS]) == 3, "events")
    for each in bus.heard[EVENTS]:
        assert b"olga" not in each.value
        assert all(text.startswith("sealed1.") for text in each.said.values())


def test_new_events_come_as_they_happen_and_nothing_comes_again_after_a_restart(bus: Bus, settings: Settings, world: World) -> None:
    history(settings, world, apps=0)
    with feeding(settings):
        bus.until(lambda: len(bus.heard[EVENTS]) == 3, "events")
        take(settings, world.request(*world.create("olga"), world.token("developer:olga")))
        bus.until(lambda: len(bus.heard[EVENTS]) == 6, "events of the new app", seconds=3)
        bus.until(lambda: bookmark(settings) == 6, "the bookmark moves")
    with feeding(settings):
        take(settings, world.request(*world.create("olga"), world.token("developer:olga")))
        bus.until(lambda: bookmark(settings) == 9, "the bookmark moves")
    bus.listen(0.5)
    assert sorted(sequences(bus.heard[EVENTS])) == list(range(1, 10))


def test_while_the_broker_has_not_acknowledged_the_bookmark_stays(
    bus: Bus, settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(settings, world, apps=0)
    real = EventsTopic.take
    refused: list[int] = []

    def lose_the_answer(self: EventsTopic, page: Sequence[StoredRow]) -> None:
        real(self, page)
        if len(refused) < 2:
            refused.append(bookmark(settings))
            raise SinkAway("the answer was lost") from KafkaTimeoutError()

    monkeypatch.setattr(EventsTopic, "take", lose_the_answer)
    with feeding(settings):
        bus.until(lambda: bookmark(settings) == 3, "the bookmark moves")
    bus.until(lambda: len(bus.heard[EVENTS]) == 9, "the page, three times")
    assert refused == [0, 0]
    # What comes again is known by its id and its sequence, and says the same.
    assert len({(each.headers["ce_id"], each.headers["ce_sequence"], each.value) for each in bus.heard[EVENTS]}) == 3


def test_a_broker_that_dies_and_comes_back_misses_no_event(without_bus: Settings, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.kafka.delivering.ACKNOWLEDGED_SECONDS_MAX", 3.0)
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder, servers.kafka(folder / "kafka") as broker:
        mine = without_bus.but(kafka=(broker.servers,))
        create_topics(mine)
        bus = Bus(mine)
        history(mine, world, apps=5)
        with feeding(mine) as follower:
            bus.until(lambda: bookmark(mine) == 18, "the bookmark moves")
            broker.kill()
            take(mine, world.request(*world.create("olga"), world.token("developer:olga")))
            bus.until(lambda: follower.status.state is Following.WAITING, "the follower says that it waits", seconds=60, pause=0)
            assert "the bus can't be reached" in (follower.status.reason or "")
            assert bookmark(mine) == 18
            broker.start()
            bus.until(lambda: bookmark(mine) == 21, "the bookmark moves", seconds=60)
        bus.until(lambda: set(sequences(bus.heard[EVENTS])) == set(range(1, 22)), "every event")
        assert json.loads(bus.heard[EVENTS][0].value)
        bus.close()
