"""Rebuilding: the same rows as following makes, by a road of its own, and readers never see half of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import psycopg
import pytest

from adapters.postgres import rebuilding
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower, Following
from adapters.postgres.leader import LeaderBusy, try_to_lead
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.stopped import UpgradeNeeded
from projections.dashboard import DASHBOARD
from tests.following.conftest import AllRows
from tests.following.followed import follow_to_the_end, until
from tests.following.histories import CODEC, Happened, many_apps, write

Tables = Callable[[], AllRows]
BookmarkAt = Callable[[], int]


@pytest.fixture
def history() -> Iterator[Happened]:
    """A history to be told bit by bit."""
    return many_apps(100_000)


def checksums(url: str) -> dict[str, str]:
    """One number for all rows of each table: what an operator would compare."""
    with psycopg.connect(url) as connection:
        sums = {}
        for projection in DASHBOARD.projections:
            query = f"SELECT md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM dashboard.{projection.name} AS t"
            (sums[projection.name],) = connection.execute(query.encode()).fetchone() or ("",)
        return sums


@pytest.mark.parametrize("rows_held_max", [400_000, 50])
def test_a_rebuilt_dashboard_equals_the_followed_one_row_by_row(
    database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened], rows_held_max: int
) -> None:
    head = write(database, islice(history, 3_000))
    follow_to_the_end(database, page_size=170)
    followed, sums = tables(), checksums(database)
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE dashboard.app SET name = 'wrong'")
        owner.execute("DELETE FROM dashboard.credential WHERE state = 'active'")
        owner.execute("INSERT INTO dashboard.product VALUES (gen_random_uuid(), 'never', '', '', false, 'offered')")
    assert rebuild(database, DASHBOARD, CODEC, rows_held_max=rows_held_max, page_size=200) == head == bookmark_at()
    assert checksums(database) == sums
    assert tables() == followed


def test_following_goes_on_where_the_rebuild_ended(database: str, tables: Tables, history: Iterator[Happened]) -> None:
    write(database, islice(history, 1_000))
    rebuild(database, DASHBOARD, CODEC)
    write(database, islice(history, 1_000))
    follow_to_the_end(database)
    followed = tables()
    rebuild(database, DASHBOARD, CODEC)
    assert tables() == followed


def test_progress_is_told_up_to_the_head(database: str, history: Iterator[Happened]) -> None:
    head = write(database, islice(history, 1_000))
    told: list[tuple[int, int]] = []
    rebuild(database, DASHBOARD, CODEC, lambda position, of: told.append((position, of)), page_size=300)
    assert told == [(300, head), (600, head), (900, head), (1_000, head)]


@pytest.mark.parametrize("rows_held_max", [400_000, 50])
def test_readers_see_the_old_rows_until_the_rebuild_is_done(
    database: str, tables: Tables, history: Iterator[Happened], rows_held_max: int
) -> None:
    write(database, islice(history, 1_000))
    follow_to_the_end(database)
    write(database, islice(history, 500))
    before, seen = tables(), []
    rebuild(database, DASHBOARD, CODEC, lambda *_: seen.append(tables()), rows_held_max=rows_held_max, page_size=500)
    assert seen == [before] * 3
    assert tables() != before


def test_a_rebuild_that_fails_leaves_everything_as_it_was(
    database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened]
) -> None:
    head = write(database, islice(history, 500))
    follow_to_the_end(database)
    before = tables()
    with psycopg.connect(database) as owner:
        owner.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, recorded_at, principal)"
            " VALUES ('app-00000000-0000-4000-8000-000000000000', 1, 'app.exploded.v1', '{}', %s, now(), 'system')",
            [head + 1],
        )
    with pytest.raises(UpgradeNeeded):
        rebuild(database, DASHBOARD, CODEC, rows_held_max=50, page_size=100)
    assert (tables(), bookmark_at()) == (before, head)


def test_the_follower_steps_down_for_a_rebuild_and_goes_on_after_it(
    database: str, tables: Tables, bookmark_at: BookmarkAt, history: Iterator[Happened]
) -> None:
    head = write(database, islice(history, 1_000))
    with Follower(database, FillsTables(DASHBOARD, CODEC)) as follower:
        until(lambda: bookmark_at() == head)
        followed = tables()
        with psycopg.connect(database) as owner:
            owner.execute("UPDATE dashboard.app SET name = 'wrong'")
        assert rebuild(database, DASHBOARD, CODEC) == head
        assert tables() == followed
        head = write(database, islice(history, 500))
        until(lambda: bookmark_at() == head)
        assert follower.status.state is Following.FOLLOWING
    followed = tables()
    rebuild(database, DASHBOARD, CODEC)
    assert tables() == followed


def test_a_follower_that_never_rests_steps_down_too(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long log and small pages: it would have enough to do for longer than the rebuild waits."""
    write(database, many_apps(5_000))
    monkeypatch.setattr("adapters.postgres.following.LOOK_SECONDS", 0.1)
    with Follower(database, FillsTables(DASHBOARD, CODEC, page_size=1)) as follower:
        until(lambda: follower.status.position > 0)
        assert rebuild(database, DASHBOARD, CODEC) == 5_000
        assert follower.status.position < 5_000


def test_a_leader_that_does_not_step_down_is_told_of(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "LEADER_WAIT_SECONDS", 0.2)
    with connect(database) as hangs:
        assert try_to_lead(hangs, f"dashboard {DASHBOARD.version}")
        with pytest.raises(LeaderBusy, match="stop it first"):
            rebuild(database, DASHBOARD, CODEC)


def test_an_empty_log_rebuilds_to_an_empty_dashboard(database: str, tables: Tables, bookmark_at: BookmarkAt) -> None:
    assert rebuild(database, DASHBOARD, CODEC) == 0 == bookmark_at()
    assert not any(tables().values())
