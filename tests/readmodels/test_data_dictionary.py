"""The data dictionary tells all that analysts may query, and is not stale."""

from __future__ import annotations

import psycopg

from adapters.postgres.data_dictionary import PAGE, SCHEMAS, data_dictionary


def test_the_page_is_not_stale(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert PAGE.read_text() == data_dictionary(connection), "run: make docs"


def test_every_table_and_column_that_analysts_may_read_says_what_it_is(database: str) -> None:
    with psycopg.connect(database) as connection:
        unsaid = connection.execute(
            "SELECT c.oid::regclass::text, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0"
            " OR a.attrelid = c.oid AND a.attnum = -1"  # Any one system column stands for the relation itself.
            " WHERE c.relnamespace::regnamespace::text = ANY (%s) AND c.relkind IN ('r', 'v') AND NOT a.attisdropped"
            " AND (a.attnum < 0 OR has_column_privilege('launchpad_reader', c.oid, a.attnum, 'SELECT'))"
            " AND has_any_column_privilege('launchpad_reader', c.oid, 'SELECT')"
            " AND coalesce(CASE WHEN a.attnum < 0 THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END, '') = ''",
            [list(SCHEMAS)],
        ).fetchall()
    assert unsaid == []


def test_no_digest_is_among_what_analysts_may_read(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert "digest" not in data_dictionary(connection).replace("nor the secret's digest", "")


def test_analysts_may_read_the_dashboard_and_change_nothing(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE launchpad_reader")
        for table in ("apps", "credentials", "app", "subscription", "credential", "owner", "product"):
            connection.execute(f"SELECT * FROM dashboard.{table}".encode())
        for statement in (b"DELETE FROM dashboard.app", b"UPDATE following.bookmark SET position = 0", b"TRUNCATE dashboard.product"):
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            raise AssertionError(f"a reader may {statement.decode()}")
