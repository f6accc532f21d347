"""The eventsourcing library's own test cases, through our append function; and a stock Application that reads our log."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.tests import persistence as cases  # The module: its abstract cases themselves may not be collected.
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.log import PostgresLog
from adapters.postgres.recorder import LogRecorder
from domain.app import App, AppEvent
from domain.developer import Developer, DeveloperRegistered
from domain.personal import Personal
from domain.product import Product
from domain.recorded import Recorded
from tests.postgres.given import ADDED, CREATED, an_open_door, batch, decided, new


def datastore(url: str) -> PostgresDatastore:
    """The library's own pool, on our schema."""
    parts = conninfo_to_dict(url)
    return PostgresDatastore(
        str(parts["dbname"]),
        str(parts["host"]),
        str(parts["port"]),
        str(parts["user"]),
        str(parts.get("password", "")),
        pool_size=5,
        max_overflow=15,
        schema="log",
        originator_id_type="text",
    )


class OnOurLog:
    """Gives the library's cases a recorder on a fresh log."""

    @pytest.fixture(autouse=True)
    def fresh_log(self, database: str) -> Iterable[None]:
        """Open a datastore for the case, and close it."""
        with datastore(database) as self.datastore:
            yield

    def create_recorder(self) -> LogRecorder:
        """Make the recorder under test."""
        return LogRecorder(self.datastore)

    def new_originator_id(self) -> str:
        """Name streams by text."""
        return f"test-{uuid4()}"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
class TestLibrarysRecorderCases(OnOurLog, cases.ApplicationRecorderTestCase[LogRecorder]):
    """All of them, positions without gaps included."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestLibrarysNonInterleavingCase(OnOurLog, cases.NonInterleavingNotificationIDsBaseCase):
    """Two at once, a thousand events each: one after the other."""


@pytest.fixture
def recorder(database: str) -> Iterable[LogRecorder]:
    """A recorder for the tests of our own."""
    with datastore(database) as store:
        yield LogRecorder(store)


def stored(stream: str, *versions: int) -> Sequence[StoredEvent]:
    return [StoredEvent(originator_id=stream, originator_version=version, topic="t", state=b"{}") for version in versions]


def test_the_recorder_checks_the_versions_that_it_is_given(recorder: LogRecorder) -> None:
    assert list(recorder.insert_events(stored("test-1", 1, 2), versions={"test-1": 0, "test-2": 0})) == [1, 2]
    with pytest.raises(IntegrityError, match="test-1"):
        recorder.insert_events(stored("test-2", 1), versions={"test-1": 1, "test-2": 0})
    assert recorder.max_notification_id() == 2
    assert list(recorder.insert_events([])) == []


def test_the_recorder_makes_no_table(recorder: LogRecorder, owner: psycopg.Connection[Any]) -> None:
    recorder.create_table()
    tables = owner.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'stored_events'").fetchone()
    types = owner.execute("SELECT count(*) FROM pg_type WHERE typname LIKE 'stored_event%'").fetchone()
    assert (tables, types) == ((0,), (0,))


def project(app: App | None, events: Iterable[Recorded[AppEvent]]) -> App | None:
    for recorded in events:
        app = (app or App()).evolve(recorded.event)
    return app


def test_a_stock_application_reads_our_log(database: str, log: PostgresLog) -> None:
    app_id, product_id, _, door = an_open_door()
    developer = Developer.at(uuid4())
    registered = DeveloperRegistered(name=Personal("Ada Lovelace"), email=Personal("ada@example.com"))
    log.append(door)
    log.append(batch({developer: 0}, decided(new(developer, 0, registered))))
    parts = conninfo_to_dict(database)
    environment = {
        "PERSISTENCE_MODULE": "adapters.postgres.library",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": str(parts["port"]),
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": str(parts.get("password", "")),
    }
    with Application[str](environment) as stock:
        notifications = stock.notification_log.select(start=1, limit=10)
        assert [each.id for each in notifications] == list(range(1, 9))
        first: Any = stock.mapper.to_domain_event(notifications[0])
        assert (first.position, first.stream, first.event) == (1, Product.at(product_id), ADDED)
        app = stock.repository.get(App.at(app_id), projector_func=project)  # type: ignore[type-var]
        assert isinstance(app, App)
        assert (app.status, app.details.name) == ("active", CREATED.name)
        last: Any = stock.mapper.to_domain_event(notifications[-1])
        assert last.event.name.startswith("sealed1.")  # It has no keys.
        assert stock.mapper.to_stored_event(first).state == notifications[0].state
