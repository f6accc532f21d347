"""The history that auditors read in SQL."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from commands.principal import person
from domain.app import App, AppSuspended
from domain.developer import Developer, DeveloperRegistered
from domain.personal import Personal
from tests.postgres.given import CREATED, batch, decided, new

Connection = psycopg.Connection[Any]


def test_history_says_who_did_what_to_which_thing(log: PostgresLog, application: Connection) -> None:
    app_id, admin = uuid4(), uuid4()
    app = App.at(app_id)
    decision = decided(new(app, 0, CREATED, AppSuspended(reason='"late" — ünpaid')), app_id, person(admin))
    log.append(batch({app: 0}, decision))
    query = "SELECT position, event, payload->>'reason', principal, kind, id, version, app_id, command_id, stream FROM log.history WHERE position = 2"
    assert application.execute(query).fetchall() == [
        (2, "app.suspended.v1", '"late" — ünpaid', f"person:{admin}", "app", app_id, 2, app_id, decision.envelope.command_id, app)
    ]


def test_personal_data_stand_sealed_in_it(log: PostgresLog, application: Connection) -> None:
    developer = Developer.at(uuid4())
    registered = DeveloperRegistered(name=Personal("Ada Lovelace"), email=Personal("ada@example.com"))
    log.append(batch({developer: 0}, decided(new(developer, 0, registered))))
    row = application.execute("SELECT payload->>'name', payload->>'email', payload::text FROM log.history").fetchone()
    assert row is not None
    name, email, payload = row
    assert name.startswith("sealed1.")
    assert email.startswith("sealed1.")
    assert "Ada" not in payload
    assert log.load([developer], []).histories[developer].events == [registered]


@pytest.mark.parametrize(
    "relation", ["log.history", "log.outcomes", "access.app", "access.subscription", "access.credential", "access.product"]
)
def test_every_column_that_people_read_is_explained(relation: str, owner: Connection) -> None:
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
    """
    assert owner.execute(query, [relation]).fetchall() == []
    assert owner.execute("SELECT obj_description(%s::regclass) IS NULL", [relation]).fetchone() == (False,)


def test_an_apps_history_is_found_by_its_index(log: PostgresLog, owner: Connection) -> None:
    owner.execute("SET enable_seqscan = off")
    plan = owner.execute(f"EXPLAIN SELECT * FROM log.history WHERE app_id = '{uuid4()}' ORDER BY position".encode()).fetchall()
    assert any("events_app_id_idx" in line for (line,) in plan)
