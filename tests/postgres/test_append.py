"""What an append promises: all or nothing, in order, once, on what was read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres import connections
from adapters.postgres.codec import WithoutKeys
from adapters.postgres.loading import _LOAD
from adapters.postgres.log import PostgresLog
from commands.outcome import OutcomeKind
from commands.ports import Appended, Conflict, LogUnavailable
from commands.principal import service
from domain.app import App, AppApproved, AppDeleted, AppSuspended
from domain.developer import Developer, DeveloperDeactivated
from domain.product import Product
from projections.access import ACCESS_VERSION
from tests.postgres.given import ADDED, CREATED, DIGEST, batch, decided, new, refused

Connection = psycopg.Connection[Any]
CLAIMED = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def rows(connection: Connection, query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()


def test_positions_are_gapless_and_each_command_has_the_place_of_its_last_event(log: PostgresLog, owner: Connection) -> None:
    app, other = App.at(uuid4()), App.at(uuid4())
    first = log.append(batch({app: 0}, decided(new(app, 0, CREATED, AppApproved())), refused(), decided()))
    second = log.append(batch({other: 0, app: 2}, decided(), decided(new(other, 0, CREATED))))
    assert (first, second) == (Appended([2, 3, 3]), Appended([3, 4]))
    assert rows(owner, "SELECT notification_id, originator_id, originator_version FROM log.events ORDER BY 1")[3] == (4, other, 1)
    assert [position for (position,) in rows(owner, "SELECT notification_id FROM log.events ORDER BY 1")] == [1, 2, 3, 4]


def test_a_stream_that_was_read_and_has_moved_on_stops_the_whole_batch(log: PostgresLog, owner: Connection) -> None:
    developer, app = Developer.at(uuid4()), App.at(uuid4())
    log.append(batch({developer: 0}, decided(new(developer, 0, DeveloperDeactivated(reason="left")))))
    appended = log.append(batch({developer: 0, app: 0}, decided(new(app, 0, CREATED))))
    assert appended == Conflict([developer], ())
    assert rows(owner, "SELECT count(*) FROM log.events") == [(1,)]
    assert rows(owner, "SELECT count(*) FROM log.outcomes") == [(1,)]
    assert rows(owner, "SELECT count(*) FROM access.app") == [(0,)]


def test_a_version_that_the_log_has_not_reached_is_stale_too(log: PostgresLog) -> None:
    app = App.at(uuid4())
    assert log.append(batch({app: 3}, decided(new(app, 3, AppApproved())))) == Conflict([app], ())


def test_a_command_that_has_its_outcome_is_named_and_nothing_is_appended(log: PostgresLog, owner: Connection) -> None:
    app, other = App.at(uuid4()), App.at(uuid4())
    first = decided(new(app, 0, CREATED))
    log.append(batch({app: 0}, first))
    again = decided(new(other, 0, CREATED), command_id=first.envelope.command_id)
    assert log.append(batch({other: 0}, decided(), again)) == Conflict([], [first.envelope.command_id])
    assert rows(owner, "SELECT count(*) FROM log.events") == [(1,)]


def test_the_same_command_twice_in_one_batch_appends_nothing(log: PostgresLog, owner: Connection) -> None:
    one = decided()
    assert log.append(batch({}, one, one)) == Conflict((), ())
    assert rows(owner, "SELECT count(*) FROM log.outcomes") == [(0,)]


def test_outcomes_come_back_as_they_were(log: PostgresLog) -> None:
    developer = uuid4()
    accepted = decided(principal=service("billing"))
    no = refused()
    log.append(batch({}, accepted, no))
    outcomes = log.load([], [accepted.envelope.command_id, no.envelope.command_id, developer]).outcomes
    kept = outcomes[no.envelope.command_id]
    assert outcomes.keys() == {accepted.envelope.command_id, no.envelope.command_id}
    assert (kept.outcome.kind, kept.outcome.position, kept.outcome.code) == (OutcomeKind.REFUSED, 1, "app_unknown")
    assert kept.outcome.sentence == "there is no app with this id"
    assert outcomes[accepted.envelope.command_id].outcome.position == 0
    assert outcomes[accepted.envelope.command_id].principal == "service:billing"
    assert kept.digest == DIGEST


def test_every_event_says_who_caused_it_by_which_command_and_for_which_app(log: PostgresLog, owner: Connection) -> None:
    app_id, developer, trace = uuid4(), uuid4(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    decision = decided(new(App.at(app_id), 0, CREATED), app_id, service("billing"))
    said: dict[str, Any] = {
        "on_behalf_of": developer,
        "correlation_id": "order 7",
        "causation_id": "click",
        "claimed_at": CLAIMED,
        "traceparent": trace,
    }
    log.append(batch({App.at(app_id): 0}, decision._replace(envelope=decision.envelope._replace(**said))))
    columns = "principal, command_id, app_id, on_behalf_of, correlation_id, causation_id, claimed_at, traceparent"
    assert rows(owner, f"SELECT {columns} FROM log.events") == [
        ("service:billing", decision.envelope.command_id, app_id, developer, "order 7", "click", CLAIMED, trace)
    ]


def test_time_never_goes_back_even_if_the_clock_does(log: PostgresLog, owner: Connection) -> None:
    app = App.at(uuid4())
    log.append(batch({app: 0}, decided(new(app, 0, CREATED))))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    owner.execute("UPDATE log.events SET recorded_at = %s", [tomorrow])  # As if the clock had been a day ahead until now.
    log.append(batch({app: 1}, decided(new(app, 1, AppApproved()))))
    assert rows(owner, "SELECT recorded_at FROM log.events") == [(tomorrow,), (tomorrow,)]


def test_decisions_are_made_at_the_databases_time(log: PostgresLog, owner: Connection) -> None:
    before = owner.execute("SELECT clock_timestamp()").fetchone()
    now = log.load([], []).now
    after = owner.execute("SELECT clock_timestamp()").fetchone()
    assert before is not None
    assert after is not None
    assert before[0] <= now <= after[0]


def test_what_was_appended_is_loaded_in_order_and_absent_streams_have_version_0(log: PostgresLog) -> None:
    app, product, absent = App.at(uuid4()), Product.at(uuid4()), App.at(uuid4())
    events = [CREATED, AppApproved(), AppSuspended(reason="late"), AppDeleted(reason=None)]
    log.append(batch({app: 0, product: 0}, decided([*new(app, 0, *events), *new(product, 0, ADDED)])))
    histories = log.load([app, product, absent], []).histories
    assert (histories[app].version, histories[app].events) == (4, events)
    assert (histories[product].version, histories[product].events) == (1, [ADDED])
    assert (histories[absent].version, histories[absent].events) == (0, ())


def test_a_stream_with_a_hole_is_damage_that_is_not_passed_over(log: PostgresLog, owner: Connection) -> None:
    app = App.at(uuid4())
    log.append(batch({app: 0}, decided(new(app, 0, CREATED, AppApproved(), AppSuspended(reason="late")))))
    owner.execute("DELETE FROM log.events WHERE originator_version = 2")
    with pytest.raises(ValueError, match="damaged"):
        log.load([app], [])


def test_an_event_of_a_newer_version_is_no_fault_of_the_command_that_met_it(log: PostgresLog, owner: Connection) -> None:
    app = App.at(uuid4())
    log.append(batch({app: 0}, decided(new(app, 0, CREATED))))
    owner.execute("UPDATE log.events SET topic = 'app.created.v99'")
    with pytest.raises(LogUnavailable, match=r"app\.created\.v99, which this version of the program does not know"):
        log.load([app], [])


def test_a_database_that_was_not_migrated_is_no_fault_of_the_command_either(log: PostgresLog, owner: Connection) -> None:
    owner.execute("ALTER FUNCTION log.append RENAME TO append_otherwise")
    with pytest.raises(LogUnavailable, match="UndefinedFunction"):
        log.append(batch({}, decided()))


def test_rows_folded_by_other_rules_are_refused(log: PostgresLog, owner: Connection) -> None:
    owner.execute("UPDATE log.access_version SET version = version + 1")
    app = App.at(uuid4())
    with pytest.raises(
        LogUnavailable, match=f"access rows of version {ACCESS_VERSION + 1} are in force, these are of version {ACCESS_VERSION}"
    ):
        log.append(batch({app: 0}, decided(new(app, 0, CREATED))))
    assert rows(owner, "SELECT count(*) FROM log.events") == [(0,)]


def test_whoever_holds_the_lock_can_not_lose(log: PostgresLog, database: str) -> None:
    app = App.at(uuid4())
    with log.locked() as mine:
        version = mine.load([app], []).histories[app].version
        # Another append waits for the lock: here only until it gives up.
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("SET lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("SELECT log.lock()")
        assert mine.append(batch({app: version}, decided(new(app, version, CREATED)))) == Appended([1])
    assert log.append(batch({app: 1}, decided(new(app, 1, AppApproved())))) == Appended([2])


def test_a_lock_that_was_not_used_is_let_go(log: PostgresLog) -> None:
    with log.locked():
        pass
    with pytest.raises(RuntimeError), log.locked():
        raise RuntimeError("the decision failed")
    assert log.append(batch({}, decided())) == Appended([0])


def test_a_connection_on_which_the_lock_was_let_go_serves_as_before(database: str) -> None:
    app = App.at(uuid4())
    with connections.pool(database, 1) as pool:
        log = PostgresLog(pool, WithoutKeys())
        log.append(batch({app: 0}, decided(new(app, 0, CREATED))))
        for _ in range(2):
            with log.locked() as mine:
                mine.load([app], [])
            with log.locked() as mine:
                assert mine.append(batch({app: 0}, decided())) == Conflict([app], ())
            assert log.load([app], []).histories[app].version == 1
            assert log.append(batch({app: 1}, decided())) == Appended([1])


def test_no_load_reads_a_table_whole_even_where_its_plan_was_made_when_it_was_small(log: PostgresLog, owner: Connection) -> None:
    """A plan is made once for each connection, often on an empty database, and kept while the tables grow."""
    app_id = uuid4()
    log.append(batch({App.at(app_id): 0}, decided(new(App.at(app_id), 0, CREATED), app_id)))
    owner.execute("ANALYZE")
    with log._pool.connection() as connection:
        plan = "\n".join(line for (line,) in psycopg.ClientCursor(connection).execute(b"EXPLAIN (GENERIC_PLAN) " + _LOAD.query))
    assert "events_pkey" in plan
    assert "Seq Scan" not in plan
