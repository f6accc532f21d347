"""Whether credentials open products now. Checks that arrive while a question is under way share the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import chain, islice, repeat
from typing import Final, NamedTuple, Self
from uuid import UUID

import psycopg
import structlog

from adapters.checking.line import Line, Lost
from adapters.checking.presented import Presented, ReadsTokens, Unreadable, looks_like_token, read
from adapters.checking.verdict import Verdict, judged
from readmodels.access import AccessAnswer, Asked

ASKED_MAX: Final = 500
"""Checks in one question: a batch of the largest size, or as many single ones as wait."""
WAITING_MAX: Final = 10_000
"""Checks that wait at once; beyond that a gateway hears at once that we are busy, instead of late."""
ANSWER_SECONDS_MAX: Final = 3.0
"""A database that says nothing for so long is away; a gateway's own caller waits meanwhile."""
BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Between attempts to connect again; the last one for ever."""

log = structlog.get_logger("checks")


class CannotCheck(Exception):
    """Nobody can tell now: the database is away, or too many wait. Nothing was allowed."""


class Check(NamedTuple):
    """A text that was presented for a product."""

    text: str
    product_id: UUID


class _Waiting(NamedTuple):
    asked: Sequence[Asked]
    answers: asyncio.Future[list[AccessAnswer]]


class Checks:
    """Answers checks on one event loop. An answer is never older than its check: each is asked after it arrived, on the primary."""

    def __init__(self, url: str, tokens: ReadsTokens) -> None:
        self._url = url
        self._tokens = tokens
        self._line: Line | None = None
        self._waiting: deque[_Waiting] = deque()
        self._waiting_checks = 0
        self._under_way: list[_Waiting] = []
        self._sending = False
        self._deadline: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None
        self.questions = 0
        """How many questions were sent."""

    async def check(self, checks: Sequence[Check]) -> list[Verdict]:
        """Judge each, in their order; at most ASKED_MAX. Raises CannotCheck."""
        presented = await self._read(checks)
        asked = [
            Asked(each.credential_id, check.product_id, each.token_id, each.digest_of_row)
            for each, check in zip(presented, checks, strict=True)
            if isinstance(each, Presented)
        ]
        answers = iter(await self._ask(asked) if asked else ())
        return [judged(each, next(answers)) if isinstance(each, Presented) else Verdict(each) for each in presented]

    async def _read(self, checks: Sequence[Check]) -> list[Presented | str]:
        if not any(looks_like_token(check.text) for check in checks):
            return _read(checks, self._tokens)
        try:  # Keys may have to be fetched from the vault, and signatures take a while: not on the loop.
            return await asyncio.to_thread(_read, checks, self._tokens)
        except psycopg.OperationalError as away:
            log.warning("vault away", reason=type(away).__name__)
            raise CannotCheck("the vault does not answer") from None

    async def _ask(self, asked: Sequence[Asked]) -> list[AccessAnswer]:
        if self._line is None:
            raise CannotCheck("the database does not answer")
        if self._waiting_checks + len(asked) > WAITING_MAX:
            raise CannotCheck("too many checks wait already")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(asked, loop.create_future())
        self._waiting.append(waiting)
        self._waiting_checks += len(asked)
        if not self._sending:
            self._sending = True
            loop.call_soon(self._send)  # Whoever arrives in the same turn of the loop comes along.
        return await waiting.answers

    def _send(self) -> None:
        """Ask for as many as fit, or rest."""
        asked: list[Asked] = []
        while self._waiting and len(asked) + len(self._waiting[0].asked) <= ASKED_MAX:
            waiting = self._waiting.popleft()
            self._waiting_checks -= len(waiting.asked)
            if not waiting.answers.done():  # Whoever hung up in time is left out.
                self._under_way.append(waiting)
                asked += waiting.asked
        self._sending = bool(asked) and self._line is not None
        if self._sending and self._line is not None:
            self.questions += 1
            self._deadline = asyncio.get_running_loop().call_later(ANSWER_SECONDS_MAX, self._told, Lost("no answer in time"))
            self._line.ask(asked)

    def _told(self, answers: list[AccessAnswer] | Lost) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        under_way, self._under_way = self._under_way, []
        if isinstance(answers, Lost):
            log.warning("database away", reason=str(answers))
            self._refuse(under_way)
            line, self._line = self._line, None
            self._connecting = asyncio.create_task(self._connect_again(line))
            return
        rest = iter(answers)
        for waiting in under_way:
            found = list(islice(rest, len(waiting.asked)))
            if not waiting.answers.done():
                waiting.answers.set_result(found)
        self._send()

    def _refuse(self, under_way: Sequence[_Waiting]) -> None:
        for waiting in (*under_way, *self._waiting):
            if not waiting.answers.done():
                waiting.answers.set_exception(CannotCheck("the database does not answer"))
        self._waiting.clear()
        self._waiting_checks = 0
        self._sending = False

    async def _connect_again(self, line: Line | None) -> None:
        if line is not None:
            await line.close()
        for pause in chain(BACKOFF_SECONDS, repeat(BACKOFF_SECONDS[-1])):
            if await self._connect():
                return
            await asyncio.sleep(pause)

    async def _connect(self) -> bool:
        try:
            self._line = await Line.open(self._url, self._told)
        except (psycopg.Error, OSError) as away:
            log.warning("database away", reason=type(away).__name__)
            return False
        return True

    async def __aenter__(self) -> Self:
        """Connect; where the database is away, checks are refused until it is back."""
        if not await self._connect():
            self._connecting = asyncio.create_task(self._connect_again(None))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        if self._deadline is not None:
            self._deadline.cancel()
        self._refuse(self._under_way)


def _read(checks: Sequence[Check], tokens: ReadsTokens) -> list[Presented | str]:
    return [_read_one(check.text, tokens) for check in checks]


def _read_one(text: str, tokens: ReadsTokens) -> Presented | str:
    try:
        return read(text, tokens)
    except Unreadable as no:
        return no.reason
