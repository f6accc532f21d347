"""The notice worker: tells what is to be told, sends mails and webhook requests.

One process leads and the others stand by, so that no two send the same.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any, Final, Self

import psycopg
import structlog

from adapters.mail.server import MailAway, MailServer
from adapters.mail.unsubscribing import LINK_KEY
from adapters.postgres.bookmarks import MOVED_CHANNEL, Bookmark
from adapters.postgres.connections import connect
from adapters.postgres.leader import is_wanted, try_to_lead
from adapters.settings import Settings
from adapters.vault.vault import Vault
from adapters.workers.calling import Calling
from adapters.workers.mailing import Mailing
from adapters.workers.raising import Raising
from adapters.workers.recording import Recording
from commands.executor import Executor
from commands.ports import Log, LogUnavailable
from projections.notices import NOTICES

LEADS: Final = "notices sent"
FOLLOWED: Final = Bookmark(NOTICES.name, NOTICES.version)
LOOK_SECONDS: Final = 1.0
"""What is new is told by the follower; what falls due by itself, or was told and lost, is seen this late."""
STOP_SECONDS: Final = 0.1
BACKOFF_SECONDS: Final = (0.1, 5.0)
MAIL_BACKOFF_SECONDS: Final = (1.0, 60.0)
"""How long a mail server that is away is left alone; what waits for it waits on, and counts no attempt."""

Connection = psycopg.Connection[Any]
log = structlog.get_logger()


class NoticeWorker:
    """Works until told to stop, through every outage."""

    def __init__(self, settings: Settings, event_log: Log, vault: Vault) -> None:
        self._url = settings.database
        executor = Executor(event_log)
        mails = settings.smtp_host is not None
        self._recording = Recording(executor, timedelta(seconds=settings.notice_retry_seconds))
        self._raising = Raising(event_log, executor, mails=mails, gather=timedelta(seconds=settings.mail_gather_seconds))
        key = vault.secret(LINK_KEY)
        self._mailing = Mailing(settings, event_log, MailServer(settings), self._recording, key) if mails else None
        self._calling = Calling(settings, event_log, vault, self._recording)
        self._mail_backoff, self._mails_from = MAIL_BACKOFF_SECONDS[0], 0.0
        self._backoff = BACKOFF_SECONDS[0]
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failed: BaseException | None = None
        """The bug that ended it, if one did."""

    def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            try:
                self._session()
            except (psycopg.Error, LogUnavailable) as away:
                log.warning("notices", state="waiting", reason=type(away).__name__)
                self._stopping.wait(self._backoff)
                self._backoff = min(2 * self._backoff, BACKOFF_SECONDS[1])

    def start(self) -> Self:
        """Work in a thread."""
        self._thread = threading.Thread(target=self._run_quietly, name="notices", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the message at hand and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run_quietly(self) -> None:
        try:
            self.run()
        except BaseException as bug:
            self.failed = bug
            raise

    def _session(self) -> None:
        with connect(self._url) as connection:
            while not try_to_lead(connection, LEADS):
                if self._stopping.wait(LOOK_SECONDS):
                    return
            connection.execute(f"LISTEN {MOVED_CHANNEL}")
            while not self._stopping.is_set() and not is_wanted(connection, LEADS):
                self.work_once(connection)
                self._backoff = BACKOFF_SECONDS[0]
                self._wait(connection)

    def work_once(self, connection: Connection) -> None:
        """Do all that is due now. Raises LogUnavailable, psycopg.Error."""
        self._recording.catch_up()
        self._recording.forget_up_to(FOLLOWED.find(connection))
        self._raising.raise_what_is_due(connection)
        self._calling.send_what_is_due(connection)
        self._send_mails(connection)

    def _send_mails(self, connection: Connection) -> None:
        if self._mailing is None or time.monotonic() < self._mails_from:
            return
        try:
            self._mailing.send_what_is_due(connection)
        except MailAway as away:
            log.warning("mail", state="waiting", reason=str(away), seconds=self._mail_backoff)
            self._mails_from = time.monotonic() + self._mail_backoff
            self._mail_backoff = min(2 * self._mail_backoff, MAIL_BACKOFF_SECONDS[1])
        else:
            self._mail_backoff = MAIL_BACKOFF_SECONDS[0]

    def _wait(self, connection: Connection) -> None:
        """Wait until the follower has moved on, or a second has passed."""
        until = time.monotonic() + LOOK_SECONDS
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            for notified in connection.notifies(timeout=min(left, STOP_SECONDS), stop_after=1):
                if notified.payload.startswith("notices "):
                    return
