"""A real mail server that keeps what it is given, refuses whom it is told to, and can go away and come back at the same port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from adapters.local.ports import free_port


class Mails:
    """What arrived, and how to behave."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrived: list[tuple[list[str], EmailMessage]] = []
        self.refuse: dict[str, str] = {}
        """Replies to recipients, instead of taking their mails."""
        self.data_reply = "250 taken"
        self._controller: Controller | None = None

    async def handle_RCPT(self, *said: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's own: server, session, envelope, address, options
        envelope, address = cast("Envelope", said[2]), str(said[3])
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *said: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's own: server, session, envelope
        envelope = cast("Envelope", said[2])
        if not self.data_reply.startswith("250"):
            return self.data_reply
        message: Message[Any, Any] = message_from_bytes(cast("bytes", envelope.content), policy=default)
        self.arrived.append((list(envelope.rcpt_tos), cast("EmailMessage", message)))
        return self.data_reply

    def begin(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def go_away(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to that address."""
        return [message for recipients, message in self.arrived if address in recipients]

    def subjects(self, address: str) -> list[str]:
        return [str(message["Subject"]) for message in self.to(address)]


def text_of(message: EmailMessage) -> str:
    """The plain part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """The other part."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@contextmanager
def mail_server() -> Iterator[Mails]:
    """One that listens."""
    mails = Mails(free_port())
    mails.begin()
    try:
        yield mails
    finally:
        mails.go_away()
