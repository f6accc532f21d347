"""Apps to do something to on a real server, with the dashboard and the bulk runs followed beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.postgres.questions import answer
from adapters.settings import Settings
from adapters.workers.bulk import BulkWorker, fills_bulk
from commands.command import Command
from commands.create_app import CreateApp
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import Principal, person
from commands.start_bulk_run import StartBulkRun
from domain.bulk_order import BulkAction
from projections.dashboard import DASHBOARD
from readmodels.bulk import Item, ShownRun, one_run, page_of_items
from tests.examples import SCENE, an_id, create
from tests.following.followed import until
from tests.given import ADMIN, OLGA, Request, Sent, sender


class There:
    """What there is: developers, products, and apps that come when they are asked for."""

    def __init__(self, settings: Settings, launchpad: Launchpad) -> None:
        self.settings = settings
        self.launchpad = launchpad
        self.url = settings.database
        self.codec = EventCodec(launchpad.vault.personal_data)
        self.owner = psycopg.connect(self.url, autocommit=True)
        self.do(*SCENE)

    def send(self, *requests: Request) -> list[Outcome]:
        """Send commands, each as whoever may."""
        sent = [each if isinstance(each, Sent) else Sent(each, _sender(each)) for each in requests if not callable(each)]
        return Executor(self.launchpad.log).execute([each.envelope() for each in sent])

    def do(self, *requests: Request) -> None:
        """Send commands that are accepted."""
        outcomes = self.send(*requests)
        assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}, outcomes

    def apps(self, count: int, owner: UUID = OLGA, name: str = "App") -> list[UUID]:
        """Make so many active apps."""
        ids = [an_id(f"{name} {number}") for number in range(count)]
        self.do(*(create(app_id=app_id, owner=owner, name=f"{name} {number}") for number, app_id in enumerate(ids)))
        return ids

    def follow(self) -> None:
        """Follow both read models, once, to the end of the log."""
        for takes in (FillsTables(DASHBOARD, self.codec), fills_bulk(self.codec)):
            with connect(self.url) as connection, connect(self.url) as ahead:
                position = takes.begin(connection)
                while (page := takes.pages.read(connection, position)).last > position:
                    for each in takes.pages.from_here(ahead, page):
                        takes.take(connection, each)
                        position = each.last

    def worker(self) -> BulkWorker:
        return BulkWorker(self.url, self.launchpad.pool, self.launchpad.log)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow both read models, in threads."""
        with ExitStack() as stack:
            for fills in (FillsTables(DASHBOARD, self.codec), fills_bulk(self.codec)):
                stack.enter_context(Follower(self.url, fills))
            yield

    @contextmanager
    def reacting(self) -> Iterator[BulkWorker]:
        """Follow and work, in threads."""
        with self.following(), self.worker() as worker:
            yield worker
        assert worker.failed is None

    def work(self, worker: BulkWorker | None = None) -> None:
        """Follow, and let a worker look once; without one, a worker that remembers nothing."""
        self.follow()
        with connect(self.url) as connection:
            while (worker or self.worker()).work_once(connection):
                pass
        self.follow()

    def prepared(self, action: BulkAction, criteria: Criteria | None = None, **said: Any) -> UUID:  # noqa: ANN401 - a command's fields
        """Have a list made."""
        bulk_id = self.asked_for(action, criteria, **said)
        self.work()
        return bulk_id

    def asked_for(self, action: BulkAction, criteria: Criteria | None = None, **said: Any) -> UUID:  # noqa: ANN401 - as above
        """Ask for a list."""
        bulk_id = uuid4()
        self.do(Sent(PrepareBulkRun(bulk_id=bulk_id, action=action, criteria=criteria or Criteria(), **said), ADMIN))
        return bulk_id

    def start(self, bulk_id: UUID) -> None:
        self.do(StartBulkRun(bulk_id=bulk_id))

    def carried_out(self, action: BulkAction, criteria: Criteria | None = None, **said: Any) -> UUID:  # noqa: ANN401 - as above
        """Have a list made, and carried out."""
        bulk_id = self.prepared(action, criteria, **said)
        self.start(bulk_id)
        self.work()
        return bulk_id

    def run(self, bulk_id: UUID) -> ShownRun:
        """The run as it is shown."""
        with connect(self.url) as connection:
            (found,) = answer(connection, one_run(bulk_id))
            return found

    def items(self, bulk_id: UUID, **only: Any) -> list[Item]:  # noqa: ANN401 - the question's own
        """Its targets, one by one."""
        with connect(self.url) as connection:
            return list(answer(connection, page_of_items(bulk_id, limit=10_000, **only)))

    def wait_for(self, bulk_id: UUID, *statuses: str, seconds: float = 30) -> ShownRun:
        """Wait until a run stands so."""
        until(lambda: bool(self.all("SELECT FROM bulk.run WHERE bulk_id = %s AND status = ANY (%s)", bulk_id, list(statuses))), seconds)
        return self.run(bulk_id)

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - whatever the query needs
        """Ask the database itself."""
        return self.owner.execute(query.encode(), values).fetchall()

    def events(self, topic: str) -> int:
        """How many events of a name there are."""
        return int(self.all("SELECT count(*) FROM log.events WHERE topic = %s", topic)[0][0])

    def head(self) -> int:
        """How many events there are."""
        return int(self.all("SELECT count(*) FROM log.events")[0][0])


def _sender(command: Command) -> Principal:
    return person(command.owner.id) if isinstance(command, CreateApp) else sender(command)


@pytest.fixture
def settings(database: str, vault_database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, vault_url=vault_database, home=tmp_path, local_issuer="on")


@pytest.fixture
def there(settings: Settings) -> Iterator[There]:
    with Launchpad(settings) as launchpad:
        there = There(settings, launchpad)
        yield there
        there.owner.close()
