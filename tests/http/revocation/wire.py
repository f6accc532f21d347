"""A wire to PostgreSQL on which every notification gets lost, and answers can be held up; nothing else is changed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from adapters.checking.line import STATEMENT

PIECE = 65_536
NOTIFICATION = b"A"
"""The type of a NotificationResponse (PostgreSQL's protocol, "Message Formats"). All that a server says begins with a type and a length."""
UNENCRYPTED = "?sslmode=disable&gssencmode=disable"
"""What is encrypted can't be read on its way."""


class Wire:
    """Stands between clients and the server of that URL, in a thread, within the `with`."""

    def __init__(self, url: str) -> None:
        self._to_port = urlsplit(url).port or 5432
        self._port = 0
        self.lost = 0
        """How many notifications."""
        self._clear, self._holding = threading.Event(), threading.Event()
        self._clear.set()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire")

    def of(self, url: str) -> str:
        """The same database, by way of this wire."""
        found = urlsplit(url)
        assert not found.query
        return found._replace(netloc=found.netloc.replace(f":{found.port}", f":{self._port}")).geturl() + UNENCRYPTED

    @contextmanager
    def held_up(self) -> Iterator[threading.Event]:
        """Meanwhile, hold up the answers to checks; the event tells that there is one."""
        self._holding.clear()
        self._clear.clear()
        try:
            yield self._holding
        finally:
            self._clear.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._carry())

    async def _carry(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()

    async def _connected(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._to_port)
        checks = asyncio.Event()
        asking = asyncio.create_task(_ask(from_client, to_server, checks))
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._tell(from_server, to_client, checks)
        finally:
            asking.cancel()
            to_client.close()
            to_server.close()

    async def _tell(self, from_server: asyncio.StreamReader, to_client: asyncio.StreamWriter, checks: asyncio.Event) -> None:
        while True:
            head = await from_server.readexactly(5)
            rest = await from_server.readexactly(int.from_bytes(head[1:], "big") - 4)
            if head[:1] == NOTIFICATION:
                self.lost += 1
                continue
            while checks.is_set() and not self._clear.is_set():
                self._holding.set()
                await asyncio.sleep(0.001)
            to_client.write(head + rest)
            await to_client.drain()


async def _ask(from_client: asyncio.StreamReader, to_server: asyncio.StreamWriter, checks: asyncio.Event) -> None:
    with suppress(OSError):
        while piece := await from_client.read(PIECE):
            if STATEMENT in piece:
                checks.set()
            to_server.write(piece)
            await to_server.drain()
    to_server.close()
