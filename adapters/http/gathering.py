"""Commands of concurrent requests share transactions: while one batch commits, the next one gathers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple

from adapters.intake import Request
from adapters.taking import Taker
from commands.outcome import Outcome
from commands.ports import LogUnavailable

WAITING_MAX: Final = 2_000
"""Requests that wait at once: beyond that a caller hears at once that we are busy, instead of late."""


class Busy(Exception):
    """Too many requests wait already, or we are on our way out."""


class _Waiting(NamedTuple):
    requests: Sequence[Request]
    outcomes: Future[list[Outcome]]


class Gathering:
    """One thread that takes what waits, up to `batch_max` commands at a time. Nothing waits for others to come."""

    def __init__(self, taker: Taker, batch_max: int) -> None:
        self._taker = taker
        self._batch_max = batch_max
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="commands", daemon=True)
        self._thread.start()

    def submit(self, requests: Sequence[Request]) -> Future[list[Outcome]]:
        """Hand requests in; the future gives an outcome to each, or raises LogUnavailable. Raises Busy."""
        waiting = _Waiting(requests, Future())
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise Busy("too many commands wait already") from None
        return waiting.outcomes

    def close(self) -> None:
        """Finish what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            self._take(batch)

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        commands = 0
        while commands < self._batch_max:
            try:
                waiting = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if waiting is None:
                return batch, False
            if waiting.outcomes.set_running_or_notify_cancel():  # A caller who hung up in time is left out.
                batch.append(waiting)
                commands += len(waiting.requests)
        return batch, True

    def _take(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        try:
            outcomes = iter(self._taker.take([request for waiting in batch for request in waiting.requests]))
        except LogUnavailable as away:
            for waiting in batch:
                waiting.outcomes.set_exception(away)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever sent the command that raised it
            if len(batch) == 1:
                batch[0].outcomes.set_exception(error)
                return
            for waiting in batch:  # Nobody shall suffer for his neighbour in the batch.
                self._take([waiting])
        else:
            for waiting in batch:
                waiting.outcomes.set_result([next(outcomes) for _ in waiting.requests])
