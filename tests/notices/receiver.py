"""A real HTTP receiver of webhooks: it keeps requests with their headers, and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks import Webhook


class Arrived(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def checked(self, secret: str) -> Any:  # noqa: ANN401 - JSON
        """Its content, as a receiver's library reads it: the signature and the time are checked. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """What arrived, and what to answer: a status, or a way to misbehave."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answers: list[int] = []
        """Statuses of the next answers; afterwards 204."""
        self.location = ""
        self.trickles = False
        self.endless = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.arrived.append(Arrived(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                if receiver.trickles:
                    self._trickle()
                    return
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()
                if receiver.endless:
                    self._pour()

            def _trickle(self) -> None:
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while True:
                        self.wfile.write(b"x: y\r\n")
                        self.wfile.flush()
                        time.sleep(0.2)
                except OSError:
                    return

            def _pour(self) -> None:
                try:
                    while True:
                        self.wfile.write(b"x" * 65_536)
                except OSError:
                    return

            def do_GET(self) -> None:
                receiver.arrived.append(Arrived(self.path, {}, b""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens."""
    there = Receiver()
    thread = threading.Thread(target=there.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.server.shutdown()
        there.server.server_close()
        thread.join()
