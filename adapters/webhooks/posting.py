"""One webhook request: to an address that was judged, without redirects, and within limits of size and time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from adapters.webhooks.addresses import Place

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
"""From the first byte to the last; the receiver takes it in and answers, and works on it afterwards."""
ANSWER_BYTES_MAX: Final = 64 * 1024
"""We only look at the status; a receiver that says more is cut off."""


class NotDelivered(Exception):
    """The receiver did not take it; the text says why, in a word of ours."""


class _Judged(http.client.HTTPConnection):
    """A connection to an address that was judged, whatever its host's name leads to by now."""

    def __init__(self, place: Place, context: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port, timeout=CONNECT_SECONDS)
        self._place = place
        self._context = context
        self.connected: socket.socket | None = None
        """Kept, since the base class lets go of it before the answer's body is read."""
        self.was_cut_off = False

    def connect(self) -> None:
        """Try the addresses in their order."""
        last: OSError | None = None
        for address in self._place.addresses:
            try:
                self.connected = socket.create_connection((address, self._place.port), CONNECT_SECONDS)
            except OSError as error:
                last = error
                continue
            if self._context is not None:
                self.connected = self._context.wrap_socket(self.connected, server_hostname=self._place.host)
            self.sock = self.connected
            return
        raise last or OSError("no address")


def post(place: Place, body: bytes, headers: Mapping[str, str], context: ssl.SSLContext | None = None) -> None:
    """Send it; any answer of 200 to 299 says that it was taken. Raises NotDelivered."""
    tls = (context or ssl.create_default_context()) if place.scheme == "https" else None
    connection = _Judged(place, tls)
    too_late = threading.Timer(TOTAL_SECONDS, _cut_off, [connection])
    too_late.daemon = True
    too_late.start()
    try:
        said = {"content-type": "application/json", "user-agent": "launchpad-apps", "connection": "close", **headers}
        connection.request("POST", place.target, body, said)
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES_MAX)
        status = answer.status
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered("too slow" if connection.was_cut_off else type(error).__name__) from None
    finally:
        too_late.cancel()
        connection.close()
    if connection.was_cut_off:
        raise NotDelivered("too slow")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotDelivered(f"http {status}")


def _cut_off(connection: _Judged) -> None:
    """End a request whose receiver trickles."""
    connection.was_cut_off = True  # Half an answer reads like a whole one.
    if connection.connected is not None:
        with suppress(OSError):
            connection.connected.shutdown(socket.SHUT_RDWR)
