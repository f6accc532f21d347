"""Migrations: each once, in order, whoever starts them, and never changed afterwards."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from adapters.postgres import migrations
from adapters.postgres.migrations import CannotMigrate, Migration, migrate
from adapters.postgres.rebuild_access import NewerDatabase
from projections.access import ACCESS_VERSION

KNOWN = migrations.migrations()


def test_an_empty_database_gets_all_and_then_nothing_more(empty_database: str) -> None:
    assert migrate(empty_database) == [migration.name for migration in KNOWN]
    assert migrate(empty_database) == []
    with psycopg.connect(empty_database) as connection:
        assert migrations.pending(connection) == []
        assert connection.execute("SELECT version FROM log.access_version").fetchone() == (ACCESS_VERSION,)
        assert connection.execute("SELECT count(*) FROM log.epoch").fetchone() == (1,)


def test_the_pending_ones_are_named_before(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert migrations.pending(connection) == [migration.name for migration in KNOWN]


def test_many_at_once_apply_each_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as starters:
        applied = [each.result() for each in [starters.submit(migrate, empty_database) for _ in range(4)]]
    assert sorted(applied, key=len) == [[], [], [], [migration.name for migration in KNOWN]]


def test_a_file_that_was_changed_after_it_was_applied_is_named(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty_database)
    changed = [Migration(each.number, each.name, each.statements + ("-- a comment" if each.number == 1 else "")) for each in KNOWN]
    monkeypatch.setattr(migrations, "migrations", lambda: changed)
    with pytest.raises(CannotMigrate, match=r"0001_log\.sql was changed after it was applied"):
        migrate(empty_database)


def test_a_database_of_a_newer_version_is_left_alone(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty_database)
    monkeypatch.setattr(migrations, "migrations", lambda: KNOWN[:-1])
    with pytest.raises(CannotMigrate, match=f"the database has {KNOWN[-1].name}, which this version does not know"):
        migrate(empty_database)


def test_a_file_that_comes_too_late_in_the_order_is_refused(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late, last = Migration(9_000, "9000_late.sql", "SELECT 1"), Migration(9_001, "9001_last.sql", "SELECT 1")
    monkeypatch.setattr(migrations, "migrations", lambda: [*KNOWN, last])
    migrate(empty_database)
    monkeypatch.setattr(migrations, "migrations", lambda: [*KNOWN, late, last])
    with pytest.raises(CannotMigrate, match=r"9000_late\.sql comes before 9001_last\.sql"):
        migrate(empty_database)


def test_a_file_that_fails_leaves_nothing_behind(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Migration(9_000, "9000_broken.sql", "CREATE TABLE log.half (x integer); SELECT 1 / 0;")
    monkeypatch.setattr(migrations, "migrations", lambda: [*KNOWN, broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('log.half')").fetchone() == (None,)
        assert migrations.pending(connection) == ["9000_broken.sql"]


def test_two_files_of_one_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "PACKAGES", (*migrations.PACKAGES, "readmodels"))
    with pytest.raises(CannotMigrate, match="the same number"):
        migrations.migrations()


def test_who_may_not_make_tables_is_told_as_whom_to_migrate(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute(f'CREATE ROLE "{name}" LOGIN'.encode())
        owner.execute(f'GRANT CREATE ON DATABASE "{name}" TO "{name}"'.encode())
        for role in ("launchpad_app", "launchpad_reader"):
            owner.execute(f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$".encode())
        try:
            with pytest.raises(CannotMigrate, match="needs more rights"):
                migrate(psycopg.conninfo.make_conninfo(empty_database, user=name))
        finally:
            owner.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"'.encode())


def test_access_rows_of_a_newer_version_are_left_alone(database: str, owner: psycopg.Connection[object]) -> None:
    owner.execute("UPDATE log.access_version SET version = 99")
    with pytest.raises(NewerDatabase, match="99"):
        migrate(database)
