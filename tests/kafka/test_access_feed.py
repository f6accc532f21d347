"""The access topic: whoever keeps a copy of it, and begins with nothing, answers as the tables do."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.kafka.access_feed import AccessFeed
from adapters.kafka.clients import admin
from adapters.kafka.topics import ACCESS, create_topics
from adapters.postgres.following import Follower, Following
from adapters.postgres.rebuild_access import rebuild_access, tell_all_access_anew
from adapters.reference import headers
from adapters.settings import Settings
from commands.executor import Executor
from commands.issue_credential import IssueCredential
from commands.outcome import OutcomeKind
from commands.revoke_credential import RevokeCredential
from domain.credential import CredentialIssued, CredentialKind
from domain.event import Event
from domain.state import Stream
from launchpad_client.keys import make_credential
from tests import servers
from tests.counts import Counts
from tests.examples import ACTIVE, APP, FREE, KEY, ask, issue
from tests.following.followed import until
from tests.following.histories import many_apps, write
from tests.given import Request, Sent, sender
from tests.kafka.access_copy import copied, differences, program, reasons
from tests.kafka.bus import Bus
from tests.kafka.test_reference import conforms, schema
from tests.postgres.given import issued
from tests.postgres.test_access_rebuilt import LONG_AGO, AnyHistory

Connection = psycopg.Connection[Any]
OPEN = (*ACTIVE, ask(FREE), issue())


class WithExpiries(AnyHistory):
    """Credentials that expire at different times, or never."""

    def _next(self, stream: Stream, first: Event, later: Event) -> Any:  # noqa: ANN401 - as it is there
        if isinstance(first, CredentialIssued):
            first = issued(self.dice.choice([LONG_AGO, None, None, datetime.now(UTC) + timedelta(hours=1)]))
        return super()._next(stream, first, later)


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    """Whoever follows the access topic, from the test's first message on."""
    bus = Bus(settings, ACCESS)
    yield bus
    bus.close()


@pytest.fixture
def owner(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@contextmanager
def feeding(settings: Settings, page_size: int = 1_000) -> Iterator[Follower]:
    feed = AccessFeed(settings, page_size)
    with Follower(settings.database, feed) as follower:
        yield follower
    feed.close()


def do(settings: Settings, *requests: Request) -> None:
    """Send commands, each as whoever may."""
    sent = [each if isinstance(each, Sent) else Sent(each, sender(each)) for each in requests if not callable(each)]
    with Launchpad(settings) as launchpad:
        outcomes = Executor(launchpad.log).execute([each.envelope() for each in sent])
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}


def has_all(owner: Connection) -> bool:
    """Whether the feed has told everything."""
    query = "SELECT (SELECT max(position) FROM following.bookmark WHERE read_model = 'access-topic') = max(notification_id) FROM log.events"
    return owner.execute(query.encode()).fetchone() == (True,)


def hear_all(bus: Bus, owner: Connection) -> None:
    """Listen until everything was told, and has come."""
    bus.until(lambda: has_all(owner), "the bookmark moves")
    rows = "SELECT sum(n) FROM (" + " UNION ALL ".join(f"SELECT count(*) AS n FROM access.{name}" for name in NAMES) + ") AS counts"
    ((count,),) = owner.execute(rows.encode()).fetchall()
    bus.until(lambda: len({each.key for each in bus.heard[ACCESS]}) >= count, "every row")
    bus.listen(0.3)


NAMES = ("app", "subscription", "credential", "product")


def test_a_copy_of_any_history_answers_as_the_tables_do_while_it_grows(
    bus: Bus, settings: Settings, owner: Connection, seed: int, counts: Counts
) -> None:
    with Launchpad(settings) as launchpad, feeding(settings, page_size=7):
        history = WithExpiries([launchpad.log], random.Random(seed))
        for _ in range(4):
            for _ in range(counts.races // 4):
                history.step()
            hear_all(bus, owner)
            assert differences(owner, copied(bus.heard[ACCESS])) == []
    assert {"revoked", "expired", "overlap_ended", "credential_pending"} <= reasons(owner, copied(bus.heard[ACCESS]))


def test_whatever_is_compacted_away_or_comes_again_the_copy_is_the_same(bus: Bus, settings: Settings, owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    with Launchpad(settings) as launchpad, feeding(settings, page_size=5):
        history = WithExpiries([launchpad.log], chance)
        for _ in range(60):
            history.step()
        hear_all(bus, owner)
    heard = bus.heard[ACCESS]
    rows = copied(heard).rows
    last = {each.key: each for each in heard}
    assert len(last) < len(heard)
    assert copied(last.values()).rows == rows
    some_compacted = [each for each in heard if each is last[each.key] or chance.random() < 0.5]
    assert copied(some_compacted).rows == rows
    assert copied([*heard, *heard]).rows == rows
    # A follower that was replaced may still deliver what it had read before.
    assert copied([*heard, *reversed(heard)]).rows == rows


def test_lives_of_apps_that_are_in_the_log_already_are_told_from_the_first_on(bus: Bus, settings: Settings, owner: Connection) -> None:
    write(settings.database, islice(many_apps(600), 600))
    rebuild_access(owner)
    with feeding(settings):
        hear_all(bus, owner)
    copy = copied(bus.heard[ACCESS])
    pairs = owner.execute("SELECT count(*) FROM access.credential").fetchone()
    assert pairs is not None
    assert pairs[0] > 20
    assert differences(owner, copy) == []


def test_the_program_of_the_page_begins_with_nothing_and_answers(settings: Settings, owner: Connection) -> None:
    client: Any = admin(settings)
    client.delete_topics([ACCESS])
    client.close()
    create_topics(settings)
    do(settings, *OPEN)
    stopped = threading.Event()
    with feeding(settings):
        until(lambda: has_all(owner))
        names = program()
        following = names["follow"](settings.kafka[0], names["AccessCopy"](), stopped.is_set)
        copy = next(following)
        ((digest,),) = owner.execute("SELECT digest FROM access.credential").fetchall()
        assert copy.denied(KEY, digest, FREE, datetime.now(UTC)) is None
        assert copy.denied(KEY, "0" * 64, FREE, datetime.now(UTC)) == "unknown"
        client = IssueCredential(app_id=APP, credential_id=UUID(int=77), kind=CredentialKind.OAUTH_CLIENT, secret_digest=digest)
        do(settings, client)
        until(lambda: f"credential/{client.credential_id}" in next(following).rows)
        assert copy.denied(client.credential_id, digest, FREE, datetime.now(UTC)) == "malformed", "a client's secret opens nothing itself"
        do(settings, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost"))
        until(lambda: next(following).denied(KEY, digest, FREE, datetime.now(UTC)) == "revoked")
    stopped.set()
    assert list(following) == []


def test_messages_are_what_the_reference_says_and_hold_no_secret(bus: Bus, settings: Settings, owner: Connection) -> None:
    made = make_credential("api_key", "live", KEY)
    keyed = IssueCredential(app_id=APP, credential_id=KEY, kind=issue().kind, secret_digest=made.digest)
    do(settings, *ACTIVE, ask(FREE), keyed)
    with feeding(settings):
        hear_all(bus, owner)
    secret = made.text.rpartition("_")[2].encode()
    for each in bus.heard[ACCESS]:
        conforms(each.headers, headers.ACCESS)
        schema(f"access/{each.headers['ce_type']}.json").validate(each.said)
        assert each.headers["ce_subject"].encode() == each.key
        assert each.headers["ce_sequence"] == str(each.said["position"])
        assert secret not in each.value
        assert b"olga" not in each.value.lower()
    told = {(each.key or b"").decode(): each.said for each in bus.heard[ACCESS]}
    assert {f"app/{APP}", f"credential/{KEY}", f"product/{FREE}", f"subscription/{APP}/{FREE}"} <= set(told)
    assert told[f"credential/{KEY}"]["digest"] == made.digest


def test_a_rebuild_of_the_access_rows_tells_all_of_them_anew(bus: Bus, settings: Settings, owner: Connection) -> None:
    do(settings, *OPEN)
    with feeding(settings):
        hear_all(bus, owner)
        before = len(bus.heard[ACCESS])
        owner.execute("UPDATE access.app SET name = 'by hand'")  # As nothing of ours does.
        rebuild_access(owner)
        tell_all_access_anew(owner)
        bus.until(lambda: len(bus.heard[ACCESS]) >= 2 * before, "every row again")
        hear_all(bus, owner)
    assert differences(owner, copied(bus.heard[ACCESS])) == []


def test_after_a_restore_all_is_told_under_the_new_epoch_and_what_was_lost_counts_no_more(
    bus: Bus, settings: Settings, owner: Connection
) -> None:
    do(settings, *OPEN)
    with feeding(settings):
        hear_all(bus, owner)
    told = copied(bus.heard[ACCESS]).rows
    lost = replace(bus.heard[ACCESS][0], key=b"credential/" + str(UUID(int=9)).encode())  # It was told after the backup was made.
    owner.execute("INSERT INTO log.epoch DEFAULT VALUES")
    count = len(bus.heard[ACCESS])
    with feeding(settings):
        bus.until(lambda: len(bus.heard[ACCESS]) >= count + len(told), "every row, under the new epoch")
    copy = copied([lost, *bus.heard[ACCESS]])
    assert set(copy.rows) == set(told)
    assert len({row["logepoch"] for row in copy.rows.values()}) == 1
    assert copied([*bus.heard[ACCESS], lost]).rows == copy.rows


def test_a_broker_that_dies_and_comes_back_misses_no_row(without_bus: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.kafka.delivering.ACKNOWLEDGED_SECONDS_MAX", 3.0)
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder, servers.kafka(folder / "kafka") as broker:
        mine = without_bus.but(kafka=(broker.servers,))
        create_topics(mine)
        bus = Bus(mine, ACCESS)
        do(mine, *OPEN)
        with feeding(mine) as follower:
            hear_all(bus, owner)
            broker.kill()
            do(mine, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost"))
            bus.until(lambda: follower.status.state is Following.WAITING, "the follower says that it waits", seconds=60, pause=0)
            assert "the bus can't be reached" in (follower.status.reason or "")
            assert not has_all(owner)
            broker.start()
            bus.until(lambda: has_all(owner), "the bookmark moves", seconds=60)
        bus.until(lambda: copied(bus.heard[ACCESS]).rows[f"credential/{KEY}"]["status"] == "revoked", "the revocation", seconds=60)
        assert differences(owner, copied(bus.heard[ACCESS])) == []
        bus.close()
