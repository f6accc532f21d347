"""A wire to PostgreSQL on which notifications get lost, and nothing else does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 65_536
NOTIFICATION = b"A"
"""The type of a NotificationResponse (PostgreSQL's protocol, "Message Formats"); every message from the server begins with a type and a length."""
UNENCRYPTED = "?sslmode=disable&gssencmode=disable"
"""What is encrypted can't be listened in to."""


class DeafWire:
    """Stands between its clients and the server; counts what was lost."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self.port = 0
        self.lost = 0

    async def carry(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Take connections until it is over."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()

    async def _connected(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._to_port)
        asking = asyncio.create_task(self._ask(from_client, to_server))
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._tell(from_server, to_client)
        finally:
            asking.cancel()
            to_client.close()
            to_server.close()

    async def _ask(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                to_server.write(piece)
                await to_server.drain()
        to_server.close()

    async def _tell(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await from_server.readexactly(5)
            rest = await from_server.readexactly(int.from_bytes(head[1:], "big") - 4)
            if head[:1] == NOTIFICATION:
                self.lost += 1
                continue
            writer.write(head + rest)
            await writer.drain()


@contextmanager
def deaf_wire(url: str) -> Iterator[DeafWire]:
    """Carry connections to the server of that URL, in a thread."""
    wire, ready, over = DeafWire(urlsplit(url).port or 5432), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await wire.carry(ready, over)

    thread = threading.Thread(target=asyncio.run, args=[run()], name="deaf wire")
    thread.start()
    ready.wait()
    try:
        yield wire
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


def through(wire: DeafWire, url: str) -> str:
    """The same database, by way of that wire."""
    found = urlsplit(url)
    assert not found.query
    return found._replace(netloc=found.netloc.replace(f":{found.port}", f":{wire.port}")).geturl() + UNENCRYPTED
