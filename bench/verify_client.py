"""Gateways that ask: as light as can be, since they share two cores with what is measured."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, repeat
from typing import Final, NamedTuple, cast

import orjson
import psycopg

from adapters.local.ports import LOOPBACK
from bench.verify_server import CONSTANT_PATH
from bench.watching import percentiles

CONSTANT, VERIFY, BATCHED, TOKENS, NEW_TOKENS = "constant", "verify", "batch", "JWTs", "new JWTs"
"""What can be asked."""
CONNECTIONS: Final = 32
BATCH: Final = 500
BATCH_CONNECTIONS: Final = 2
KNOWN: Final = 200
"""Tokens that come again and again."""
TICK_SECONDS: Final = 0.001
LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
DENIED: Final = b'"allowed":false'


class NotAllowed(Exception):
    """An answer was not the right one."""


class Measured(NamedTuple):
    """What became of a span of asking."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float


class _Connection(asyncio.Protocol):
    """Sends one request at a time, and tells when its answer is whole."""

    def __init__(self, done: Callable[[_Connection], None]) -> None:
        self._done = done
        self._received = b""
        self._missing = -1
        self.asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, asked_at: float) -> None:
        """Send; the answer counts from `asked_at`."""
        self._received, self._missing, self.asked_at = b"", -1, asked_at
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._missing < 0:
            head = self._received.find(b"\r\n\r\n")
            found = LENGTH.search(self._received, 0, head) if head >= 0 else None
            if found is None:
                return
            self._missing = head + 4 + int(found[1])
        if len(self._received) >= self._missing:
            if not self._received.startswith(b"HTTP/1.1 200") or DENIED in self._received:
                raise NotAllowed(self._received[:300])
            self._done(self)


class VerifyClient:
    """Presents keys and tokens that are open, at random."""

    def __init__(self, port: int, token: str, product_id: str, keys: Sequence[str], tokens: Sequence[str]) -> None:
        self._port = port
        self._keys = keys
        self._tokens = tokens
        self._unseen = cycle(tokens)  # By the time that one comes again, the server has forgotten it.
        self._random = random.Random(1)
        self._head = f"Host: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._product_id = product_id

    def closed(self, what: str, seconds: float) -> Measured:
        """Ask again at each answer, on so many connections."""
        return asyncio.run(self._closed(what, seconds))

    def open(self, what: str, per_second: float, seconds: float) -> Measured:
        """Ask at a steady rate, however late the answers come: each counts from when it should have been asked."""
        return asyncio.run(self._open(what, per_second, seconds))

    def selects(self, url: str, credential_ids: Sequence[str], seconds: float) -> float:
        """How often one indexed SELECT is answered in a second, one after the other."""
        with psycopg.connect(url, autocommit=True) as connection:
            count, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                chosen = self._random.choice(credential_ids)
                connection.execute("SELECT status FROM access.credential WHERE credential_id = %s", [chosen], prepare=True).fetchone()
                count += 1
        return count / seconds

    def _requests(self, what: str) -> Iterator[bytes]:
        """Requests without an end, made beforehand where they may come again."""
        if what == NEW_TOKENS:
            return (self._request(what) for _ in repeat(None))
        return cycle([self._request(what) for _ in range(20 if what == BATCHED else 2_000)])

    def _request(self, what: str) -> bytes:
        choice = self._random.choice
        if what == CONSTANT:
            return self._post(CONSTANT_PATH, self._check(choice(self._keys)))
        if what == VERIFY:
            return self._post("/v1/verify", self._check(choice(self._keys)))
        if what == TOKENS:
            return self._post("/v1/verify", self._check(choice(self._tokens[:KNOWN])))
        if what == NEW_TOKENS:
            return self._post("/v1/verify", self._check(next(self._unseen)))
        return self._post("/v1/verify/batch", {"checks": [self._check(choice(self._keys)) for _ in range(BATCH)]})

    def _check(self, key: str) -> dict[str, str]:
        return {"credential": key, "product_id": self._product_id, "client_address": "203.0.113.7"}

    def _post(self, path: str, said: object) -> bytes:
        body = orjson.dumps(said)
        return f"POST {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def _connect(self, count: int, done: Callable[[_Connection], None]) -> list[_Connection]:
        loop = asyncio.get_running_loop()
        return [(await loop.create_connection(lambda: _Connection(done), LOOPBACK, self._port))[1] for _ in range(count)]

    async def _closed(self, what: str, seconds: float) -> Measured:
        requests = self._requests(what)
        milliseconds: list[float] = []

        def done(connection: _Connection) -> None:
            now = time.perf_counter()
            milliseconds.append(1_000 * (now - connection.asked_at))
            if now < end:
                connection.ask(next(requests), now)

        connections = await self._connect(BATCH_CONNECTIONS if what == BATCHED else CONNECTIONS, done)
        begun = time.perf_counter()
        end = begun + seconds
        for connection in connections:
            connection.ask(next(requests), time.perf_counter())
        await asyncio.sleep(seconds)
        answers, spent = len(milliseconds), time.perf_counter() - begun
        await asyncio.sleep(0.1)  # What is still under way is answered, and not counted.
        _close(connections)
        return _measured(answers, spent, milliseconds)

    async def _open(self, what: str, per_second: float, seconds: float) -> Measured:
        requests = self._requests(what)
        milliseconds: list[float] = []
        waiting: deque[float] = deque()
        answered = asyncio.Event()

        def done(connection: _Connection) -> None:
            milliseconds.append(1_000 * (time.perf_counter() - connection.asked_at))
            if waiting:
                connection.ask(next(requests), waiting.popleft())
            else:
                idle.append(connection)
                answered.set()

        idle = await self._connect(2 * CONNECTIONS, done)
        connections = list(idle)
        begun = time.perf_counter()
        asked = 0
        while (now := time.perf_counter()) < begun + seconds:
            while begun + asked / per_second <= now:
                moment = begun + asked / per_second
                asked += 1
                if idle:
                    idle.pop().ask(next(requests), moment)
                else:
                    waiting.append(moment)
            await asyncio.sleep(TICK_SECONDS)
        while len(milliseconds) < asked:
            answered.clear()
            await answered.wait()
        _close(connections)
        return _measured(asked, seconds, milliseconds)


def _close(connections: Sequence[_Connection]) -> None:
    for connection in connections:
        connection.transport.close()


def _measured(answers: int, seconds: float, milliseconds: Sequence[float]) -> Measured:
    p50, p99 = percentiles(milliseconds)
    return Measured(answers, seconds, p50, p99)
