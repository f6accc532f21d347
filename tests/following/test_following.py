"""A follower at work: woken, one leader at a time, through outages."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import psycopg
import pytest

from adapters.local.postgres import LocalPostgres
from adapters.postgres import following
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower, Following
from adapters.postgres.leader import LOCKS
from adapters.postgres.migrations import migrate
from adapters.postgres.stopped import UpgradeNeeded
from projections.dashboard import DASHBOARD
from tests import servers
from tests.counts import Counts
from tests.following.conftest import AllRows, all_rows
from tests.following.followed import follow_to_the_end, start_over, until
from tests.following.histories import CODEC, Happened, many_apps, write, write_quietly

Tables = Callable[[], AllRows]
BookmarkAt = Callable[[], int]
MARK = Bookmark(DASHBOARD.name, DASHBOARD.version)


def follower(url: str, page_size: int = 5_000) -> Follower:
    return Follower(url, FillsTables(DASHBOARD, CODEC, page_size))


@pytest.fixture
def history() -> Iterator[Happened]:
    """A history to be told bit by bit."""
    return many_apps(100_000)


def test_a_follower_catches_up_and_goes_on(database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 2_000))
    with follower(database, page_size=300) as one:
        until(lambda: bookmark_at() == head)
        head = write(database, islice(history, 1_000))
        until(lambda: bookmark_at() == head)
        until(lambda: one.status.head == head)
        assert (one.status.state, one.status.position) == (Following.FOLLOWING, head)
        assert one.status.healthy
    assert one.status.state is Following.STOPPED
    followed = tables()
    start_over(database)
    follow_to_the_end(database)
    assert followed == tables()


def test_an_append_wakes_the_follower(
    database: str, bookmark_at: BookmarkAt, history: Iterator[Happened], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 3_600)  # It would never look by itself.
    with follower(database) as one:
        until(lambda: one.status.state is Following.FOLLOWING)
        for _ in range(20):
            head = write(database, islice(history, 10))
            until(lambda head=head: bookmark_at() == head, seconds=2)  # type: ignore[misc]


def test_without_notifications_the_follower_looks_by_itself(database: str, bookmark_at: BookmarkAt, history: Iterator[Happened]) -> None:
    with follower(database) as one:
        until(lambda: one.status.state is Following.FOLLOWING)
        began = time.monotonic()
        head = write_quietly(database, islice(history, 10))
        until(lambda: bookmark_at() == head, seconds=3)
        assert time.monotonic() - began < 2 * following.LOOK_SECONDS + 0.5


def test_of_two_followers_one_leads_and_the_other_takes_over_when_it_stops(
    database: str, bookmark_at: BookmarkAt, history: Iterator[Happened]
) -> None:
    first, second = follower(database).start(), follower(database)
    until(lambda: first.status.state is Following.FOLLOWING)
    with second:
        until(lambda: second.status.state is Following.STANDBY)
        head = write(database, islice(history, 500))
        until(lambda: bookmark_at() == head)
        assert second.status.state is Following.STANDBY
        assert second.status.healthy
        first.stop()
        head = write(database, islice(history, 500))
        until(lambda: bookmark_at() == head)
        until(lambda: second.status.state is Following.FOLLOWING)


@pytest.mark.part_spine
def test_a_leader_whose_connection_is_cut_loses_nothing_and_nobody_writes_twice(
    database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened], counts: Counts
) -> None:
    head = 0
    with follower(database, page_size=50), follower(database, page_size=70):
        for _ in range(counts.kills):
            head = write(database, islice(history, 200))
            with psycopg.connect(database, autocommit=True) as owner:
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    [LOCKS],
                )
            time.sleep(0.02)
        until(lambda: bookmark_at() == head)
    followed = tables()
    start_over(database)
    follow_to_the_end(database)
    assert followed == tables()


FOLLOW_IN_A_PROCESS = """
import sys
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from projections.dashboard import DASHBOARD
from tests.following.histories import CODEC
Follower(sys.argv[1], FillsTables(DASHBOARD, CODEC, 40)).run()
"""


def test_a_leader_that_is_killed_is_followed_by_the_one_who_stands_by(
    database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened]
) -> None:
    head = write(database, islice(history, 1_000))
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", FOLLOW_IN_A_PROCESS, database], cwd=root, stderr=subprocess.DEVNULL) as leader:
        try:
            until(lambda: bookmark_at() > 0)
            with follower(database) as other:
                until(lambda: other.status.state is Following.STANDBY)
                head = write(database, islice(history, 3_000))
                leader.kill()
                until(lambda: bookmark_at() == head)
                assert other.status.state is Following.FOLLOWING
        finally:
            leader.kill()
    followed = tables()
    start_over(database)
    follow_to_the_end(database)
    assert followed == tables()


def test_a_follower_waits_while_the_database_is_away_and_goes_on_by_itself(history: Iterator[Happened]) -> None:
    with servers.scratch(servers.DISK) as folder, servers.postgres(folder / "postgres", durable=True) as server:
        server.create("launchpad")
        url = server.url("launchpad")
        migrate(url)
        write(url, islice(history, 500))
        with follower(url, page_size=100) as one:
            until(lambda: one.status.position == 500)
            port = server.port
            server.stop()
            until(lambda: one.status.state is Following.WAITING)
            assert not one.status.healthy
            assert one.status.reason
            assert "postgres:" not in one.status.reason  # No password, no address.
            again = LocalPostgres(server.folder, port=port)
            again.start()
            try:
                head = write(url, islice(history, 500))
                until(lambda: one.status.position == head)
                until(lambda: one.status.healthy and one.status.reason is None)
                with connect(url) as connection:
                    assert MARK.find(connection) == head
            finally:
                one.stop()
                again.stop()


def test_before_the_migration_a_follower_waits_and_says_so(empty_database: str, history: Iterator[Happened]) -> None:
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("DO $$ BEGIN CREATE ROLE launchpad_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    with follower(empty_database) as one:
        until(lambda: one.status.state is Following.WAITING)
        assert "following.bookmark" in (one.status.reason or "") or "launchpad migrate" in (one.status.reason or "")
        migrate(empty_database)
        head = write(empty_database, islice(history, 300))
        until(lambda: one.status.position == head)
    assert len(all_rows(empty_database)["owner"]) == 200


def test_an_unknown_event_fails_the_follower_with_a_reason_and_nothing_is_skipped(
    database: str, bookmark_at: BookmarkAt, history: Iterator[Happened]
) -> None:
    head = write(database, islice(history, 300))
    with follower(database) as one:
        until(lambda: bookmark_at() == head)
        with psycopg.connect(database) as owner:
            owner.execute(
                "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, recorded_at, principal)"
                " VALUES ('app-00000000-0000-4000-8000-000000000000', 1, 'app.exploded.v1', '{}', %s, now(), 'system')",
                [head + 1],
            )
        write(database, islice(history, 100))
        until(lambda: one.status.state is Following.FAILED)
        assert "app.exploded.v1" in (one.status.reason or "")
        assert not one.status.healthy
    assert one.status.state is Following.FAILED
    assert bookmark_at() == head
    with pytest.raises(UpgradeNeeded):
        follower(database).run()


def test_lag_is_told_in_events_and_in_seconds(database: str, history: Iterator[Happened]) -> None:
    with connect(database) as connection:
        assert MARK.lag(connection) == (0, 0, 0)
        head = write(database, islice(history, 300))
        follow_to_the_end(database)
        assert MARK.lag(connection) == (head, head, 0)
        write(database, islice(history, 50))
        with psycopg.connect(database) as owner:
            owner.execute("UPDATE log.events SET recorded_at = now() - interval '90 seconds' WHERE notification_id > %s", [head])
        lag = MARK.lag(connection)
        assert (lag.position, lag.head, lag.events) == (head, head + 50, 50)
        assert 90 <= lag.seconds < 120
