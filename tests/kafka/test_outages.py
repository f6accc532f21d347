"""Kafka or PostgreSQL goes away and comes back: workers wait, say so, and lose nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from adapters.kafka.health import State
from adapters.kafka.status import bus_status
from adapters.kafka.topics import create_topics
from adapters.local.kafka import LocalKafka
from adapters.local.ports import free_port
from adapters.local.postgres import LocalPostgres
from adapters.settings import Settings
from tests import servers
from tests.kafka.bus import Bus
from tests.kafka.conftest import working
from tests.kafka.test_offsets import decided, lag
from tests.kafka.world import World


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def broker() -> Iterator[LocalKafka]:
    """A broker that may be killed."""
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder, servers.kafka(folder / "kafka") as broker:
        yield broker


@pytest.fixture
def postgres() -> Iterator[LocalPostgres]:
    """A durable server that may be killed."""
    with servers.scratch(servers.DISK) as folder, servers.postgres(folder / "postgres", durable=True) as server:
        servers.make_templates(server)
        yield server


def test_a_broker_that_is_killed_under_load_costs_no_command_and_no_reply(broker: LocalKafka, without_bus: Settings, world: World) -> None:
    settings = without_bus.but(kafka=(broker.servers,))
    create_topics(settings)
    bus, token = Bus(settings), world.token("developer:olga")
    with working(settings, "g") as worker:
        bus.do(*world.register("olga"), token)
        sent = [bus.send(*world.create("olga"), token) for _ in range(1_500)]
        bus.producer.flush()
        bus.until(lambda: decided(settings) > 100, "it is at work", pause=0)
        broker.kill()
        bus.until(lambda: worker.health.report.state is State.WAITING_FOR_KAFKA, "health says so", pause=0)
        assert not worker.health.report.healthy
        assert worker.health.report.last_error
        broker.start()
        bus.until(lambda: worker.health.report.state is State.RUNNING, "health says so", pause=0)
        bus.until(lambda: all(bus.replies[each] for each in sent), "every reply", seconds=60)
        assert bus.do(*world.create("olga"), token)["outcome"] == "accepted"
        bus.until(lambda: lag(settings, "g", bus) == 0, "offsets are committed")
    assert {bus.replies[each][0].said["outcome"] for each in sent} == {"accepted"}
    assert decided(settings) == len(sent) + 2
    bus.close()


def test_a_database_that_is_killed_under_load_costs_no_command_and_no_reply(
    postgres: LocalPostgres, settings: Settings, group: str, world: World
) -> None:
    with servers.fresh_database(postgres, "base") as database, servers.fresh_database(postgres, "vault_base") as vault:
        settings = settings.but(database_url=database, vault_url=vault)
        bus, token = Bus(settings), world.token("developer:olga")
        with working(settings, group) as worker:
            bus.do(*world.register("olga"), token)
            sent = [bus.send(*world.create("olga"), token) for _ in range(1_500)]
            bus.producer.flush()
            bus.until(lambda: decided(settings) > 100, "it is at work", pause=0)
            postgres.kill()
            bus.until(lambda: worker.health.report.state is State.WAITING_FOR_DATABASE, "health says so", pause=0)
            assert worker.health.report.last_error == "the log's database can't be reached"
            told = sum(map(len, bus.replies.values()))
            postgres.start()
            bus.until(lambda: all(bus.replies[each] for each in sent), "every reply", seconds=60)
            assert told < len(sent)
            assert worker.health.report.state is State.RUNNING
            bus.until(lambda: lag(settings, group, bus) == 0, "offsets are committed")
        assert {bus.replies[each][0].said["outcome"] for each in sent} == {"accepted"}
        assert decided(settings) == len(sent) + 1
        bus.close()


def test_a_worker_that_starts_without_database_or_broker_waits_for_both(postgres: LocalPostgres, broker: LocalKafka, world: World) -> None:
    port = broker.port
    with servers.fresh_database(postgres, "base") as database, servers.fresh_database(postgres, "vault_base") as vault:
        settings = Settings(database_url=database, vault_url=vault, home=world.home, local_issuer="on", kafka=(broker.servers,))
        create_topics(settings)
        postgres.stop()
        broker.stop()
        with working(settings, "g") as worker:
            state = worker.health
            until(lambda: state.report.state is State.WAITING_FOR_DATABASE)
            postgres.start()
            until(lambda: state.report.state is State.WAITING_FOR_KAFKA)
            broker.start()
            assert broker.port == port
            until(lambda: state.report.state is State.RUNNING)
            bus = Bus(settings)
            assert bus.do(*world.register("olga"), world.token("developer:olga"))["outcome"] == "accepted"
            bus.close()


def test_status_tells_what_is_missing_who_works_and_how_much_waits(
    bus: Bus, settings: Settings, group: str, world: World, without_bus: Settings
) -> None:
    token = world.token("developer:olga")
    for _ in range(5):
        bus.send(*world.register("olga"), token)
    bus.producer.flush()
    idle = bus_status(settings, group)
    assert (idle.error, idle.missing_topics, idle.workers, idle.commands_waiting, idle.healthy) == (None, (), 0, 5, False)
    with working(settings, group):
        bus.until(lambda: lag(settings, group, bus) == 0, "offsets are committed")
        busy = bus_status(settings, group)
        assert (busy.workers, busy.commands_waiting, busy.healthy) == (1, 0, True)
        before = busy.quarantined
        bus.put(b"?", {}, b"odd")
        bus.until(lambda: bus_status(settings, group).quarantined == before + 1, "it lies in quarantine")
    assert "does not answer" in (bus_status(without_bus.but(kafka=(f"127.0.0.1:{free_port()}",))).error or "")
