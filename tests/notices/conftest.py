"""Apps on a real server, a follower of notices, the worker, a real mail server and a real receiver of webhooks."""

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
from adapters.postgres.rebuilding import rebuild
from adapters.settings import Settings
from adapters.webhooks.signing import secret_name, shown
from adapters.workers.notices import NoticeWorker
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.register_webhook import RegisterWebhook
from commands.set_preferences import SetPreferences
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Timing
from projections.notices import NOTICES
from tests.examples import ACTIVE, an_id
from tests.following.followed import follow_to_the_end, until
from tests.given import ADMIN, OLGA, Request, Sent, sender
from tests.notices.mail_server import Mails, mail_server
from tests.notices.receiver import Receiver, receiver

OLGAS = f"{OLGA}@example.org"
ADMINS_ADDRESS = "admins@example.org"
HOOK = an_id("hook")
Timings = dict[NoticeKind, dict[Channel, Timing]]


def prefer(timings: Timings, recipient: UUID = OLGA, digest_hour: int = 7) -> Sent:
    """Set somebody's preferences."""
    return Sent(SetPreferences(recipient_id=recipient, timings=timings, digest_hour=digest_hour), ADMIN)


class There:
    """What there is: an active app in a real log."""

    def __init__(self, settings: Settings, launchpad: Launchpad, mails: Mails, receiver: Receiver) -> None:
        self.settings = settings
        self.launchpad = launchpad
        self.mails = mails
        self.receiver = receiver
        self.url = settings.database
        self.owner = psycopg.connect(self.url, autocommit=True)
        self.do(*ACTIVE)

    def send(self, *requests: Request) -> list[Outcome]:
        """Send commands, each as whoever may."""
        sent = [each if isinstance(each, Sent) else Sent(each, sender(each)) for each in requests if not callable(each)]
        return Executor(self.launchpad.log).execute([each.envelope() for each in sent])

    def do(self, *requests: Request) -> None:
        """Send commands that are accepted."""
        outcomes = self.send(*requests)
        assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}, outcomes

    def hook(self, *kinds: NoticeKind, recipient: UUID = OLGA, url: str | None = None, webhook_id: UUID = HOOK) -> str:
        """Register a webhook; its secret, as it is shown."""
        command = RegisterWebhook(recipient_id=recipient, webhook_id=webhook_id, url=url or self.receiver.url, kinds=kinds)
        self.do(Sent(command, ADMIN))
        secret = self.launchpad.vault.make_once(secret_name(recipient, webhook_id))
        assert secret is not None
        return shown(secret)

    def follow(self) -> None:
        """Follow once, to the end of the log."""
        follow_to_the_end(self.url, read_model=NOTICES)

    def rebuild(self) -> None:
        """Make the read model anew."""
        rebuild(self.url, NOTICES, EventCodec(self.launchpad.vault.personal_data))

    @contextmanager
    def telling(self) -> Iterator[NoticeWorker]:
        """Follow and work, in threads."""
        with self.following(), self.worker() as worker:
            yield worker
        assert worker.failed is None

    def following(self) -> Follower:
        return Follower(self.url, FillsTables(NOTICES, EventCodec(self.launchpad.vault.personal_data)))

    def worker(self) -> NoticeWorker:
        return NoticeWorker(self.settings, self.launchpad.log, self.launchpad.vault)

    def work_once(self, worker: NoticeWorker | None = None) -> None:
        """Follow, then let a worker look once; without one, a worker that remembers nothing."""
        self.follow()
        with connect(self.url) as connection:
            (worker or self.worker()).work_once(connection)
        self.follow()

    @property
    def now(self) -> datetime:
        """The database's clock."""
        (now,) = self.all("SELECT clock_timestamp()")[0]
        return now  # type: ignore[no-any-return]

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - whatever the query needs
        """Ask the database itself."""
        return self.owner.execute(query.encode(), values).fetchall()

    def inbox(self, recipient: UUID = OLGA) -> list[str]:
        """What a recipient was told, in order."""
        return [kind for (kind,) in self.all("SELECT kind FROM notices.inbox WHERE recipient_id = %s ORDER BY position", recipient)]

    def deliveries(self, channel: str = "email") -> list[tuple[str, str]]:
        """Kind and status of what travels, in order."""
        return self.all("SELECT kind, status FROM notices.delivery WHERE channel = %s ORDER BY position", channel)

    def events(self, topic: str) -> int:
        """How many events of that name there are."""
        return int(self.all("SELECT count(*) FROM log.events WHERE topic = %s", topic)[0][0])

    def until_sent(self, count: int, address: str = OLGAS, seconds: float = 20) -> None:
        """Wait for mails."""
        until(lambda: len(self.mails.to(address)) >= count, seconds)


@pytest.fixture
def mails() -> Iterator[Mails]:
    with mail_server() as mails:
        yield mails


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


@pytest.fixture
def settings(database: str, vault_database: str, tmp_path: Path, mails: Mails) -> Settings:
    return Settings(
        database_url=database,
        vault_url=vault_database,
        home=tmp_path,
        local_issuer="on",
        smtp_host="127.0.0.1",
        smtp_port=mails.port,
        smtp_tls="none",
        smtp_from="launchpad@example.com",
        admin_emails=(ADMINS_ADDRESS,),
        mail_gather_seconds=0,
        notice_retry_seconds=0.05,
        public_url="https://launchpad.example.com",
        webhook_http=True,
        webhook_private_addresses=True,
    )


@pytest.fixture
def there(settings: Settings, mails: Mails, hooks: Receiver) -> Iterator[There]:
    with Launchpad(settings) as launchpad:
        there = There(settings, launchpad, mails, hooks)
        yield there
        there.owner.close()
