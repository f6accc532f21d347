"""A feed: stored rows go to a sink in order, at least once, and the bookmark follows the sink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import psycopg
import pytest

from adapters.postgres.feeding import FeedsSink
from adapters.postgres.following import Follower, Following
from adapters.postgres.pages import STORED, StoredRow
from adapters.postgres.stopped import SinkAway
from tests.following.followed import until
from tests.following.histories import Happened, many_apps, write


class ListSink:
    """Keeps what it is given; away, or broken, as often as it is told."""

    def __init__(self) -> None:
        self.pages: list[list[StoredRow]] = []
        self.away = 0
        self.broken = 0

    def take(self, page: Sequence[StoredRow]) -> None:
        if self.away:
            self.away -= 1
            raise SinkAway("the broker does not answer")
        self.pages.append(list(page))
        if self.broken:
            self.broken -= 1
            raise SinkAway("it took the page, and died before it could say so")

    @property
    def positions(self) -> list[int]:
        return [row.position for page in self.pages for row in page]


def position_of(url: str, name: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT position FROM following.bookmark WHERE read_model = %s", [name]).fetchone()
    return 0 if found is None else int(found[0])


@pytest.fixture
def history() -> Iterator[Happened]:
    """A history to be told bit by bit."""
    return many_apps(100_000)


def test_every_event_reaches_the_sink_in_order_with_its_stored_bytes(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 1_000))
    sink = ListSink()
    with Follower(database, FeedsSink("events", sink, page_size=300)):
        until(lambda: position_of(database, "events") == head)
        head = write(database, islice(history, 100))
        until(lambda: position_of(database, "events") == head)
    assert sink.positions == list(range(1, head + 1))
    assert max(len(page) for page in sink.pages) == 300
    with psycopg.connect(database) as connection:
        query = f"SELECT {', '.join(STORED)} FROM log.events ORDER BY notification_id"
        stored = connection.execute(query.encode()).fetchall()
    assert [tuple(row) for page in sink.pages for row in page] == stored


def test_personal_data_stay_sealed_in_a_feed(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 200))
    sink = ListSink()
    with Follower(database, FeedsSink("events", sink)):
        until(lambda: position_of(database, "events") == head)
    assert b"Developer 1" not in b"".join(row.payload for page in sink.pages for row in page)


def test_while_the_sink_is_away_the_bookmark_stays_and_the_same_page_comes_again(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 500))
    sink = ListSink()
    sink.away = 2
    with Follower(database, FeedsSink("events", sink)) as follower:
        until(lambda: follower.status.state is Following.WAITING)
        assert "the broker does not answer" in (follower.status.reason or "")
        until(lambda: position_of(database, "events") == head)
    assert sink.positions == list(range(1, head + 1))


def test_a_page_that_was_not_confirmed_is_given_again(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 500))
    sink = ListSink()
    sink.broken = 1
    with Follower(database, FeedsSink("events", sink)):
        until(lambda: position_of(database, "events") == head)
    assert sink.positions == [*range(1, head + 1), *range(1, head + 1)]


def test_two_feeds_have_bookmarks_of_their_own(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 300))
    one, other = ListSink(), ListSink()
    with Follower(database, FeedsSink("one", one)), Follower(database, FeedsSink("other", other)):
        until(lambda: position_of(database, "one") == position_of(database, "other") == head)
    assert one.positions == other.positions == list(range(1, head + 1))
