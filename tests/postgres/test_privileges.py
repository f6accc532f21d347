"""What the application and analysts may not do, tried as those roles."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault.vault import Vault
from commands.ports import Appended
from tests.postgres.given import an_open_door

Connection = psycopg.Connection[Any]

TABLES = ("log.events", "log.outcomes", "log.epoch", "log.access_version", "log.migrations")
STATEMENTS = ("DELETE FROM {0}", "TRUNCATE {0}", "DROP TABLE {0}", "ALTER TABLE {0} ADD x integer", "INSERT INTO {0} SELECT * FROM {0}")
REWRITING = [statement.format(table) for table in TABLES for statement in STATEMENTS]
UPDATES = [
    "UPDATE log.events SET principal = 'system'",
    "UPDATE log.outcomes SET kind = 'accepted'",
    "UPDATE log.epoch SET begun_at = now()",
    "UPDATE log.access_version SET version = 2",
]
REPLACING = [
    "CREATE OR REPLACE FUNCTION log.lock() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
    "ALTER TABLE log.events DISABLE TRIGGER ALL",
    "CREATE TABLE log.other (x integer)",
]


@pytest.fixture
def reader(database: str) -> Iterator[Connection]:
    """An analyst's connection."""
    with connections.connect(database, role="launchpad_reader") as connection:
        yield connection


@pytest.mark.parametrize("statement", REWRITING + UPDATES + REPLACING)
def test_the_application_can_not_rewrite_the_log_and_appends_by_its_function_alone(statement: str, application: Connection) -> None:
    with pytest.raises(InsufficientPrivilege):
        application.execute(statement.encode())


def test_every_connection_of_the_pool_has_the_applications_role(log: PostgresLog, application: Connection) -> None:
    assert application.execute("SELECT current_user, session_user <> current_user").fetchone() == ("launchpad_app", True)
    with log._pool.connection() as pooled:
        assert pooled.execute("SELECT current_user").fetchone() == ("launchpad_app",)


def test_the_application_appends_and_reads(log: PostgresLog, application: Connection) -> None:
    *_, door = an_open_door()
    log.append(door)
    assert application.execute("SELECT count(*) FROM log.events").fetchone() == (7,)
    assert application.execute("SELECT count(*) FROM log.outcomes").fetchone() == (1,)
    assert application.execute("SELECT count(*) FROM log.history").fetchone() == (7,)


def test_analysts_read_access_without_digests_and_no_history(log: PostgresLog, reader: Connection) -> None:
    *_, door = an_open_door()
    log.append(door)
    assert reader.execute("SELECT count(*) FROM access.app").fetchone() == (1,)
    assert reader.execute("SELECT status FROM access.credential").fetchone() == ("active",)
    for forbidden in (
        "SELECT digest FROM access.credential",
        "SELECT payload FROM log.history",
        "SELECT * FROM log.events",
        "SELECT * FROM log.outcomes",
    ):
        with pytest.raises(InsufficientPrivilege):
            reader.execute(forbidden)


def test_auditors_read_history(log: PostgresLog, database: str) -> None:
    *_, door = an_open_door()
    log.append(door)
    with connections.connect(database, role="launchpad_auditor") as auditor:
        assert auditor.execute("SELECT count(*) FROM log.history").fetchone() == (7,)
        with pytest.raises(InsufficientPrivilege):
            auditor.execute("SELECT * FROM log.events")


@pytest.mark.parametrize(
    "statement", ["DELETE FROM access.app", "INSERT INTO access.credential DEFAULT VALUES", "UPDATE access.app SET status = 'active'"]
)
def test_the_application_opens_no_door_without_an_event(statement: str, application: Connection) -> None:
    with pytest.raises(InsufficientPrivilege):
        application.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        *REWRITING,
        *UPDATES,
        "DO $$ BEGIN LOCK TABLE log.append_lock IN ACCESS SHARE MODE; END $$",
        "DELETE FROM access.app",
        "SELECT log.lock()",
    ],
)
def test_analysts_change_nothing(statement: str, reader: Connection) -> None:
    with pytest.raises(InsufficientPrivilege):
        reader.execute(statement.encode())


def test_nobody_else_may_append(database: str, owner: Connection) -> None:
    owner.execute("CREATE ROLE somebody")
    try:
        owner.execute("SET ROLE somebody")
        for statement in ("SELECT log.lock()", "SELECT count(*) FROM log.history"):
            with pytest.raises(InsufficientPrivilege):
                owner.execute(statement.encode())
        granted = "SELECT has_function_privilege('somebody', 'log.append'::regproc, 'EXECUTE')"
        owner.execute("RESET ROLE")
        assert owner.execute(granted).fetchone() == (False,)
    finally:
        owner.execute("RESET ROLE")
        owner.execute("DROP ROLE somebody")


def test_a_login_that_owns_nothing_is_enough_to_run_and_can_not_rewrite_the_log(database: str, vault: Vault, owner: Connection) -> None:
    """As the how-to says: the role that a connection takes can be laid down again, the login can't."""
    owner.execute("CREATE ROLE somebody_who_runs LOGIN IN ROLE launchpad_app")
    try:
        url = make_conninfo(database, user="somebody_who_runs")
        *_, door = an_open_door()
        with connections.pool(url) as pool:
            assert PostgresLog(pool, vault.personal_data).append(door) == Appended([7])
        with connections.connect(url) as connection:
            connection.execute("SET ROLE NONE")
            for statement in (*REWRITING, *UPDATES):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(statement.encode())
    finally:
        owner.execute("DROP ROLE somebody_who_runs")
