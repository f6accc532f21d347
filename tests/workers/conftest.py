"""Apps with credentials on a real server, a follower of what falls due, and the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.postgres.questions import answer
from adapters.postgres.rebuilding import rebuild
from adapters.settings import Settings
from adapters.workers.due import DueWorker, command_id
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from projections.todo import TODO
from readmodels.access import AccessAnswer, may_call
from readmodels.todo import BEFORE_ALL, Due, due_now
from tests.examples import ACTIVE, FREE, KEY, ask
from tests.following.followed import follow_to_the_end, until
from tests.given import Request, Sent, sender


class There:
    """What there is: an active app with a product, in a real log."""

    def __init__(self, settings: Settings, launchpad: Launchpad) -> None:
        self.settings = settings
        self.launchpad = launchpad
        self.url = settings.database
        self.codec = EventCodec(launchpad.vault.personal_data)
        self.owner = psycopg.connect(self.url, autocommit=True)
        self.do(*ACTIVE, ask(FREE))

    def look_again(self) -> None:
        """Connect to the database, once it is there again."""
        self.owner.close()
        self.owner = psycopg.connect(self.url, autocommit=True)

    def send(self, *requests: Request) -> list[Outcome]:
        """Send commands, each as whoever may."""
        sent = [each if isinstance(each, Sent) else Sent(each, sender(each)) for each in requests if not callable(each)]
        return Executor(self.launchpad.log).execute([each.envelope() for each in sent])

    def do(self, *requests: Request) -> None:
        """Send commands that are accepted."""
        outcomes = self.send(*requests)
        assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}, outcomes

    def follow(self) -> None:
        """Follow what falls due, once, to the end of the log."""
        follow_to_the_end(self.url, read_model=TODO)

    def rebuild(self) -> None:
        """Make what falls due anew."""
        rebuild(self.url, TODO, self.codec)

    @contextmanager
    def reacting(self) -> Iterator[DueWorker]:
        """Follow and work, in threads."""
        with self.following(), self.worker() as worker:
            yield worker
        assert worker.failed is None

    def following(self) -> Follower:
        return Follower(self.url, FillsTables(TODO, self.codec))

    def worker(self, batch_max: int = 200) -> DueWorker:
        return DueWorker(self.url, Executor(self.launchpad.log), batch_max)

    def send_once(self, worker: DueWorker | None = None) -> None:
        """Let a worker look once; without one, a worker that remembers nothing."""
        with connect(self.url) as connection:
            (worker or self.worker()).send_what_is_due(connection)

    @property
    def now(self) -> datetime:
        """The database's clock."""
        (now,) = self.all("SELECT clock_timestamp()")[0]
        return now  # type: ignore[no-any-return]

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - whatever the query needs
        """Ask the database itself."""
        return self.owner.execute(query.encode(), values).fetchall()

    def wait_until_due(self, at: datetime) -> None:
        until(lambda: self.now >= at)

    def events(self, credential_id: UUID = KEY) -> list[str]:
        """What happened to a credential, in order."""
        found = self.all("SELECT topic FROM log.events WHERE originator_id = %s ORDER BY originator_version", f"credential-{credential_id}")
        return [name.removeprefix("credential.").removesuffix(".v1") for (name,) in found]

    def head(self) -> int:
        """How many events there are."""
        return int(self.all("SELECT count(*) FROM log.events")[0][0])

    def to_do(self) -> list[tuple[Any, ...]]:
        return self.all("SELECT * FROM todo.credential_due ORDER BY 1, 2")

    def due(self) -> tuple[Due, ...]:
        """What is due now."""
        with connect(self.url) as connection:
            return tuple(answer(connection, due_now(BEFORE_ALL, limit=10_000)))

    def ids(self) -> list[UUID]:
        """The commands' ids of all rows, due or not."""
        return [command_id(Due(*row)) for row in self.to_do()]

    def may_call(self, credential_id: UUID = KEY) -> AccessAnswer:
        """What a gateway would be told."""
        with connect(self.url) as connection:
            (told,) = answer(connection, may_call(credential_id, FREE))
            return told


@pytest.fixture
def settings(database: str, vault_database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, vault_url=vault_database, home=tmp_path, local_issuer="on")


@pytest.fixture
def there(settings: Settings) -> Iterator[There]:
    with Launchpad(settings) as launchpad:
        there = There(settings, launchpad)
        yield there
        there.owner.close()
