"""Reading one's own writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import islice

import psycopg
import pytest

from adapters.postgres import waiting
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.postgres.stopped import BookmarkMoved
from adapters.postgres.waiting import Positions
from projections.dashboard import DASHBOARD
from tests.following.followed import follow_to_the_end, until
from tests.following.histories import CODEC, Happened, many_apps, write

MARK = Bookmark(DASHBOARD.name, DASHBOARD.version)


@pytest.fixture
def history() -> Iterator[Happened]:
    """A history to be told bit by bit."""
    return many_apps(100_000)


def test_whoever_waits_is_told_when_the_follower_has_come_there(
    database: str, history: Iterator[Happened], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 3_600)  # It would never look by itself.
    with Positions(database) as positions, Follower(database, FillsTables(DASHBOARD, CODEC)):
        for _ in range(20):
            head = write(database, islice(history, 20))
            assert positions.wait_for(MARK, head, timeout_seconds=5)
            with psycopg.connect(database) as connection:
                assert connection.execute("SELECT position >= %s FROM following.bookmark", [head]).fetchone() == (True,)


def test_what_was_followed_before_is_known_at_once(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 300))
    follow_to_the_end(database)
    with Positions(database) as positions:
        assert positions.wait_for(MARK, head, timeout_seconds=5)


def test_a_position_that_is_not_reached_in_time_is_said_to_be_so(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 300))
    with Positions(database) as positions:
        began = time.monotonic()
        assert not positions.wait_for(MARK, head, timeout_seconds=0.2)
        assert 0.2 <= time.monotonic() - began < 1


def test_many_wait_at_once_on_one_connection(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 300))
    answers: list[bool] = []
    with Positions(database) as positions:
        waits = [threading.Thread(target=lambda: answers.append(positions.wait_for(MARK, head, 10))) for _ in range(50)]
        for wait in waits:
            wait.start()
        follow_to_the_end(database)
        for wait in waits:
            wait.join()
        with psycopg.connect(database) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'launchpad'"
            until(lambda: connection.execute(query).fetchone() == (1,))  # The follower's own goes a moment after it has ended.
    assert answers == [True] * 50


def test_a_lost_notification_or_a_cut_connection_only_delays(database: str, history: Iterator[Happened]) -> None:
    with Positions(database) as positions:
        until(lambda: positions.wait_for(MARK, 0, 0))
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'launchpad'"
            )
        head = write(database, islice(history, 300))
        follow_to_the_end(database)
        assert positions.wait_for(MARK, head, timeout_seconds=5)


def test_a_bookmark_is_moved_only_from_where_it_lies(database: str) -> None:
    with connect(database) as connection:
        assert MARK.find(connection) == 0
        MARK.move(connection, since=0, to=10)
        with pytest.raises(BookmarkMoved, match="does not lie at 0 any more"):
            MARK.move(connection, since=0, to=7)
        assert MARK.find(connection) == 10
        assert Bookmark(DASHBOARD.name, DASHBOARD.version + 1).find(connection) == 0
