"""What every log promises to commands: the one on PostgreSQL, and the one in memory that other tests use in its place."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from adapters.postgres.log import PostgresLog
from commands.ports import Appended, Conflict, Log
from domain.app import App, AppApproved, AppSuspended
from tests.memory_log import MemoryLog
from tests.postgres.given import CREATED, DIGEST, batch, decided, new, refused


@pytest.fixture(params=["postgres", "memory"])
def any_log(request: pytest.FixtureRequest) -> Log:
    """Each log in turn."""
    if request.param == "memory":
        return MemoryLog()
    log: PostgresLog = request.getfixturevalue("log")
    return log


def appended_at_once(log: Log) -> Callable[..., Appended | Conflict]:
    return log.append


def appended_in_two_steps(log: Log) -> Callable[..., Appended | Conflict]:
    return lambda each: log.start_append(each).result()


@pytest.fixture(params=[appended_at_once, appended_in_two_steps])
def append(request: pytest.FixtureRequest, any_log: Log) -> Callable[..., Appended | Conflict]:
    """Each way to append in turn."""
    way: Callable[..., Appended | Conflict] = request.param(any_log)
    return way


Append = Callable[..., Appended | Conflict]


def test_an_absent_stream_has_version_0_and_no_events(any_log: Log) -> None:
    app = App.at(uuid4())
    loaded = any_log.load([app], [uuid4()])
    assert (loaded.histories[app].version, list(loaded.histories[app].events), dict(loaded.outcomes)) == (0, [], {})
    assert loaded.now.utcoffset() is not None


def test_what_was_appended_is_loaded_in_order(any_log: Log, append: Append) -> None:
    app = App.at(uuid4())
    assert append(batch({app: 0}, decided(new(app, 0, CREATED)), decided(new(app, 1, AppApproved())))) == Appended([1, 2])
    assert append(batch({app: 2}, decided(new(app, 2, AppSuspended(reason="late"))))) == Appended([3])
    history = any_log.load([app], []).histories[app]
    assert (history.version, list(history.events)) == (3, [CREATED, AppApproved(), AppSuspended(reason="late")])


def test_a_command_without_events_waits_for_the_last_position_before_it(append: Append) -> None:
    app = App.at(uuid4())
    assert append(batch({app: 0}, decided(), decided(new(app, 0, CREATED)), decided(), refused())) == Appended([0, 1, 1, 2])


def test_a_stream_that_has_moved_on_is_named_and_nothing_is_appended(any_log: Log, append: Append) -> None:
    app, read_only = App.at(uuid4()), App.at(uuid4())
    append(batch({read_only: 0}, decided(new(read_only, 0, CREATED))))
    lost = decided(new(app, 0, CREATED))
    conflict = append(batch({app: 0, read_only: 0}, lost))
    assert isinstance(conflict, Conflict)
    assert (list(conflict.streams), list(conflict.command_ids)) == ([read_only], [])
    loaded = any_log.load([app], [lost.envelope.command_id])
    assert (loaded.histories[app].version, dict(loaded.outcomes)) == (0, {})


def test_a_command_that_has_its_outcome_is_named(any_log: Log, append: Append) -> None:
    first = refused()
    append(batch({}, first))
    conflict = append(batch({}, decided(), decided(command_id=first.envelope.command_id)))
    assert isinstance(conflict, Conflict)
    assert (list(conflict.streams), list(conflict.command_ids)) == ([], [first.envelope.command_id])
    kept = any_log.load([], [first.envelope.command_id]).outcomes[first.envelope.command_id]
    assert (kept.outcome.kind, kept.outcome.code, kept.outcome.position) == ("refused", "app_unknown", 1)
    assert (kept.principal, kept.on_behalf_of, kept.digest) == ("system", None, DIGEST)


def test_who_holds_the_lock_loads_and_appends(any_log: Log) -> None:
    app = App.at(uuid4())
    with any_log.locked() as mine:
        assert mine.load([app], []).histories[app].version == 0
        assert mine.append(batch({app: 0}, decided(new(app, 0, CREATED)))) == Appended([1])
    assert any_log.load([app], []).histories[app].version == 1
