"""The mail server, spoken to by the standard library's smtplib.

One thread sends one mail after the other, which needs no event loop and no further package.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from typing import Final

from adapters.settings import Settings

TIMEOUT_SECONDS: Final = 20.0
"""Of one exchange; a server that scans mails takes some seconds."""
PERMANENT: Final = 500
"""From here on a reply says that trying again is no use (RFC 5321, section 4.2.1)."""


class MailAway(Exception):
    """The server can't be reached, or won't deal with us: nothing is wrong with any mail, and all of them wait."""


class MailRefused(Exception):
    """The server took this mail for nobody. `permanent` says whether trying again is no use."""

    def __init__(self, code: int) -> None:
        super().__init__(f"smtp {code}")
        self.permanent = code >= PERMANENT


class MailServer:
    """Sends mails over one connection, which is made when it is needed and left when there is nothing more to send."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, to: Sequence[str]) -> int:
        """Hand a mail over; how many of its recipients were refused, though not all. Raises MailAway, MailRefused."""
        connection = self._connection or self._connect()
        self._connection = connection
        sender = str(self._settings.smtp_from)
        try:
            return len(connection.sendmail(sender, list(to), message.as_bytes()))
        except smtplib.SMTPRecipientsRefused as refused:
            self._reset()
            raise MailRefused(min(code for code, _ in refused.recipients.values())) from None
        except smtplib.SMTPDataError as refused:
            self._reset()
            raise MailRefused(refused.smtp_code) from None
        except (smtplib.SMTPException, OSError) as away:
            self.leave()
            raise MailAway(_told(away)) from None

    def leave(self) -> None:
        """Say goodbye, if there is anybody."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _reset(self) -> None:
        """What was refused must not stand in the way of the next mail."""
        if self._connection is None or self._connection.sock is None:
            self._connection = None

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = settings.smtp_host or "", settings.smtp_port
        connection: smtplib.SMTP | None = None
        try:
            if settings.smtp_tls == "tls":
                connection = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
            else:
                connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
            if settings.smtp_tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if settings.smtp_user is not None and settings.smtp_password_file is not None:
                connection.login(settings.smtp_user, settings.smtp_password_file.read_text().strip())
        except (smtplib.SMTPException, OSError) as away:
            if connection is not None:
                connection.close()
            raise MailAway(_told(away)) from None
        return connection


def _told(error: Exception) -> str:
    """What went wrong, without what the server said: it may repeat an address."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
