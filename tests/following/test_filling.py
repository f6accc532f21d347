"""Taking pages into the dashboard's tables: rows and bookmark together, whatever the page, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import psycopg
import pytest

from adapters.postgres import filling
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.stopped import BookmarkMoved, CannotDecode, FoldFailed, RebuildNeeded, TableMismatch, UpgradeNeeded
from domain.recorded import Recorded
from projections.dashboard import DASHBOARD
from projections.dashboard_app import app
from projections.projection import ReadModel
from tests.following.conftest import AllRows
from tests.following.followed import follow_to_the_end, start_over
from tests.following.histories import CODEC, many_apps, write

Tables = Callable[[], AllRows]
BookmarkAt = Callable[[], int]


def test_rows_and_bookmark_follow_the_log(database: str, tables: Tables, bookmark_at: BookmarkAt) -> None:
    head = write(database, many_apps(2_000))
    assert follow_to_the_end(database) == head == bookmark_at()
    found = tables()
    assert (len(found["owner"]), len(found["product"])) == (200, 30)
    assert len(found["app"]) > 100
    assert {row[7] for row in found["app"]} <= {"active", "pending"}
    assert {row[2] for row in found["subscription"]} == {"approved", "pending"}
    assert {"active", "retiring"} <= {row[3] for row in found["credential"]}


@pytest.mark.parametrize("page_size", [1, 7, 450])
def test_the_size_of_pages_changes_nothing(database: str, tables: Tables, page_size: int) -> None:
    write(database, many_apps(500))
    follow_to_the_end(database)
    expected = tables()
    start_over(database)
    follow_to_the_end(database, page_size)
    assert tables() == expected


def test_rows_that_are_not_remembered_are_read_from_the_tables(database: str, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    write(database, many_apps(1_000))
    follow_to_the_end(database)
    expected = tables()
    start_over(database)
    monkeypatch.setattr(filling, "ROWS_REMEMBERED_MAX", 0)
    follow_to_the_end(database, page_size=60)
    assert tables() == expected


def test_who_leads_again_remembers_nothing_of_the_time_before(database: str, tables: Tables) -> None:
    history = many_apps(100_000)
    again = FillsTables(DASHBOARD, CODEC)
    write(database, islice(history, 400))
    with connect(database) as connection:
        for _ in range(15):
            again.take(connection, again.pages.read(connection, again.begin(connection)))
            write(database, islice(history, 30))
            follow_to_the_end(database)  # Somebody else leads for a while, and takes the same apps on.
            write(database, islice(history, 30))
        again.take(connection, again.pages.read(connection, again.begin(connection)))
    followed = tables()
    rebuild(database, DASHBOARD, CODEC)
    assert followed == tables()


def test_what_is_remembered_is_bounded(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "ROWS_REMEMBERED_MAX", 300)
    write(database, many_apps(2_000))
    takes = FillsTables(DASHBOARD, CODEC, page_size=100)
    held = []
    with connect(database) as connection:
        position = takes.begin(connection)
        while (page := takes.pages.read(connection, position)).last > position:
            takes.take(connection, page)
            position = page.last
            held.append(takes.folding.held())
    assert 0 < max(held) <= 300


@pytest.mark.parametrize("failure", ["RAISE EXCEPTION 'injected'", "PERFORM pg_terminate_backend(pg_backend_pid())"])
def test_a_failure_between_write_and_commit_leaves_rows_and_bookmark_as_they_were(
    database: str, tables: Tables, bookmark_at: BookmarkAt, failure: str
) -> None:
    write(database, many_apps(1_000))
    follow_to_the_end(database)
    rows_before, bookmark_before = tables(), bookmark_at()
    write(database, many_apps(1_000, seed=2))
    with psycopg.connect(database, autocommit=True) as owner:
        # At the commit itself: everything was written, nothing may stay.
        owner.execute(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {failure}; RETURN NULL; END $$".encode())
        owner.execute(
            "CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON following.bookmark DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
        )
        with pytest.raises(psycopg.Error):
            follow_to_the_end(database)
        assert (tables(), bookmark_at()) == (rows_before, bookmark_before)
        owner.execute("DROP TRIGGER fail ON following.bookmark")
    follow_to_the_end(database)
    followed = tables()
    assert followed != rows_before
    start_over(database)
    follow_to_the_end(database)
    assert followed == tables()


def test_who_finds_that_the_bookmark_was_moved_writes_nothing(database: str, tables: Tables) -> None:
    write(database, many_apps(500))
    takes = FillsTables(DASHBOARD, CODEC)
    with connect(database) as connection:
        page = takes.pages.read(connection, takes.begin(connection))
        follow_to_the_end(database)
        rows = tables()
        with pytest.raises(BookmarkMoved):
            takes.take(connection, page)
    assert tables() == rows


def test_an_unknown_event_stops_the_follower_before_it(database: str, tables: Tables, bookmark_at: BookmarkAt) -> None:
    head = write(database, many_apps(500))
    follow_to_the_end(database)
    rows = tables()
    _append_raw(database, "app.exploded.v1", b"{}")
    write(database, many_apps(300, seed=2))
    with pytest.raises(UpgradeNeeded, match=rf"position {head + 1}: .*app\.exploded\.v1"):
        follow_to_the_end(database)
    assert (tables(), bookmark_at()) == (rows, head)


def test_a_known_event_of_an_unknown_version_stops_it_too(database: str) -> None:
    _append_raw(database, "app.created.v99", b"{}")
    with pytest.raises(UpgradeNeeded, match=r"app\.created\.v99"):
        follow_to_the_end(database)


def test_an_event_of_an_old_version_is_read_as_the_current_one(database: str, tables: Tables) -> None:
    write(database, many_apps(300))
    follow_to_the_end(database)
    app_id = tables()["app"][0][0]
    _append_raw(database, "app.deleted.v1", b"{}", stream=f"app-{app_id}")
    follow_to_the_end(database)
    assert tables()["app"][0][7:9] == ("deleted", None)


def test_bytes_that_are_no_such_event_stop_the_follower_and_are_not_quoted(database: str, bookmark_at: BookmarkAt) -> None:
    head = write(database, many_apps(300))
    follow_to_the_end(database)
    _append_raw(database, "app.created.v1", b'{"secret": "s3cr3t"}')
    with pytest.raises(CannotDecode, match=rf"position {head + 1}: the stored bytes are no app\.created\.v1") as stopped:
        follow_to_the_end(database)
    assert stopped.value.__cause__ is None
    assert "s3cr3t" not in str(stopped.value)
    assert bookmark_at() == head


def test_two_payloads_that_make_sense_only_together_are_not_taken_for_events(database: str) -> None:
    for payload in (b'{"reason": "a"}, {"reason": "b"', b"}"):
        _append_raw(database, "product.retired.v1", payload)
    with pytest.raises(CannotDecode, match="position 1:"):
        follow_to_the_end(database)


def test_a_fold_that_raises_stops_the_follower_and_is_named(database: str, tables: Tables, bookmark_at: BookmarkAt) -> None:
    def broken(row: Any, recorded: Recorded[Any]) -> Any:  # noqa: ANN401 - as folds are
        if recorded.position > 400:
            raise ValueError(f"not this one: {row}")
        return app.fold(row, recorded)

    read_model = ReadModel(
        "dashboard", DASHBOARD.version, tuple(replace(app, fold=broken) if each is app else each for each in DASHBOARD.projections)
    )
    write(database, many_apps(600))
    with pytest.raises(
        FoldFailed, match=r"position 4\d\d: the projection app could not take \w+ \(ValueError at test_filling\.py:\d+\)"
    ) as stopped:
        follow_to_the_end(database, 100, read_model)
    assert "not this one" not in str(stopped.value)
    assert bookmark_at() == 400
    rows = tables()
    follow_to_the_end(database)  # Mended: it goes on where it stood.
    assert tables() != rows


def test_a_row_that_a_fold_takes_away_is_deleted(database: str, tables: Tables) -> None:
    def none_after_500(row: Any, recorded: Recorded[Any]) -> Any:  # noqa: ANN401 - as folds are
        return None if recorded.position > 500 else app.fold(row, recorded)

    read_model = ReadModel(
        "dashboard", 1, tuple(replace(app, fold=none_after_500) if each is app else each for each in DASHBOARD.projections)
    )
    write(database, many_apps(500))
    follow_to_the_end(database, read_model=read_model)
    before = {row[0] for row in tables()["app"]}
    write(database, _second_half(many_apps(900)))
    follow_to_the_end(database, read_model=read_model)
    after = {row[0] for row in tables()["app"]}
    assert after < before


def test_a_table_that_is_not_as_the_program_needs_it_is_not_written(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE dashboard.app ADD COLUMN colour text")
    with pytest.raises(TableMismatch, match=r"dashboard\.app .*`launchpad migrate`"):
        follow_to_the_end(database)


def test_rows_that_no_bookmark_speaks_of_are_not_folded_on(database: str, tables: Tables) -> None:
    write(database, many_apps(300))
    follow_to_the_end(database)
    rows = tables()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE following.bookmark SET version = 0")  # As after an upgrade to another version of the folds.
    with pytest.raises(RebuildNeeded, match="run `launchpad rebuild dashboard`"):
        follow_to_the_end(database)
    assert tables() == rows
    rebuild(database, DASHBOARD, CODEC)
    assert follow_to_the_end(database) == 300


def _second_half(happened: Any) -> Any:  # noqa: ANN401 - what many_apps gives
    return list(happened)[500:]


def _append_raw(url: str, topic: str, state: bytes, stream: str = "app-00000000-0000-4000-8000-000000000000") -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, recorded_at, principal)"
            " SELECT %s, 1000 + count(*), %s, %s, coalesce(max(notification_id), 0) + 1, coalesce(max(recorded_at), now()), 'system'"
            " FROM log.events",
            [stream, topic, state],
        )
