"""The notice worker: tells what is to be told, sends mails and webhook requests.

One process leads and the others stand by, so that no two send the same.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

import structlog

from adapters.mail.server import MailAway, MailServer
from adapters.mail.unsubscribing import LINK_KEY
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.leader import is_wanted, try_to_lead
from adapters.settings import Settings
from adapters.vault.vault import Vault
from adapters.workers.background import LOOK_SECONDS, Background, Connection
from adapters.workers.calling import Calling
from adapters.workers.mailing import Mailing
from adapters.workers.raising import Raising
from adapters.workers.recording import Recording
from commands.executor import Executor
from commands.ports import Log
from projections.notices import NOTICES

LEADS: Final = "notices sent"
FOLLOWED: Final = Bookmark(NOTICES.name, NOTICES.version)
MAIL_BACKOFF_SECONDS: Final = (1.0, 60.0)
"""How long a mail server that is away is left alone; what waits for it waits on, and counts no attempt."""

log = structlog.get_logger()


class NoticeWorker(Background):
    """Works until told to stop, through every outage."""

    def __init__(self, settings: Settings, event_log: Log, vault: Vault) -> None:
        super().__init__(settings.database, "notices")
        executor = Executor(event_log)
        mails = settings.smtp_host is not None
        self._recording = Recording(executor, timedelta(seconds=settings.notice_retry_seconds))
        self._raising = Raising(event_log, executor, mails=mails, gather=timedelta(seconds=settings.mail_gather_seconds))
        key = vault.secret(LINK_KEY)
        self._mailing = Mailing(settings, event_log, MailServer(settings), self._recording, key) if mails else None
        self._calling = Calling(settings, event_log, vault, self._recording)
        self._mail_backoff, self._mails_from = MAIL_BACKOFF_SECONDS[0], 0.0

    def session(self, connection: Connection) -> None:
        """Tell and send what is due, as long as it leads and nobody else wants to. Raises LogUnavailable, psycopg.Error."""
        while not try_to_lead(connection, LEADS):
            if self.has_stopped_within(LOOK_SECONDS):
                return
        while not self.is_stopping and not is_wanted(connection, LEADS):
            self.work_once(connection)
            self.all_is_well()
            self.wait_for(connection, "notices")

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
