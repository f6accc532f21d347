"""A mail: plain text and HTML beside each other. What people wrote stands in it as text, and can't become a header or markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from adapters.mail.words import Words

NOTICES_SHOWN_MAX: Final = 50
"""A mail of some pages; the rest is counted, and lies in the inbox."""
UNSUBSCRIBE: Final = "List-Unsubscribe"
SUBJECT_CHARACTERS_MAX: Final = 200
# The plain part is text, where `&` means itself; the other is autoescaped by its name.
TEMPLATES: Final = Environment(
    loader=PackageLoader("adapters.mail"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class MailPolicy(EmailPolicy):
    """Python's own form of headers for SMTP, but for links: one that is folded or encoded leads nowhere."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name == UNSUBSCRIBE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii") if name == UNSUBSCRIBE else super().fold_binary(name, value)


class NoAddress(Exception):
    """Nobody can be written to at this address."""


def subject_of(notices: Sequence[Words], more: int) -> str:
    """One line, whatever people have written into names."""
    text = notices[0].subject if len(notices) == 1 and not more else f"{len(notices) + more} notices: {notices[0].subject}, and more"
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)[:SUBJECT_CHARACTERS_MAX]


def checked_address(text: str) -> Address:
    """One address and nothing else: no name, no second one. Raises NoAddress."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):
        raise NoAddress("no address that a mail server takes") from None
    if not text.isascii() or str(address) != text or not address.domain:
        raise NoAddress("no address that a mail server takes")
    return address


def mail(
    sender: str,
    to: Sequence[Address],
    notices: Sequence[Words],
    more: int,
    *,
    message_id: UUID,
    now: datetime,
    base: str,
    unsubscribe: str | None,
) -> EmailMessage:
    """Make it. The same notices have the same Message-ID, so that a mail that was sent twice can be told."""
    message = EmailMessage(policy=MailPolicy(linesep="\r\n"))
    subject = subject_of(notices, more)
    message["Subject"] = subject
    message["From"] = Address("Launchpad Apps", addr_spec=sender)
    message["To"] = to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id}@{checked_address(sender).domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message[UNSUBSCRIBE] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    shown = {"notices": notices, "more": more, "base": base, "unsubscribe": unsubscribe, "subject": subject}
    message.set_content(TEMPLATES.get_template("mail.txt.j2").render(shown))
    message.add_alternative(TEMPLATES.get_template("mail.html.j2").render(shown), subtype="html")
    return message
