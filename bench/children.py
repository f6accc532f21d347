"""Processes that are measured: each holds one object, and does with it what it is told over a pipe."""

from __future__ import annotations

import gc
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

SPAWN: Final = get_context("spawn")  # Nothing is shared with the process that started it, as in production.
HEAD_START_SECONDS: Final = 0.05
"""All children of one measurement have heard of it by then."""
ANSWER_SECONDS_MAX: Final = 600


class ChildFailed(Exception):
    """A child raised; its traceback is the message."""


class Child:
    """One process with one object in it, which `make` makes there."""

    def __init__(self, make: Callable[..., object], *arguments: object) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid or 0

    def tell(self, method: str, *arguments: object) -> None:
        """Have it begin something."""
        self._pipe.send((method, arguments))

    def answer(self) -> Any:  # noqa: ANN401 - what the method returned
        """Wait for what it was told last. Raises ChildFailed."""
        if not self._pipe.poll(ANSWER_SECONDS_MAX):
            raise ChildFailed(f"no answer within {ANSWER_SECONDS_MAX} s")
        try:
            failed, answer = self._pipe.recv()
        except EOFError:
            raise ChildFailed("the process ended") from None
        if failed:
            raise ChildFailed(answer)
        return answer

    def ask(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - what the method returned
        """Tell, and wait for the answer."""
        self.tell(method, *arguments)
        return self.answer()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def ask_all(children: Sequence[Child], method: str, *arguments: object) -> list[Any]:
    """Have all of them do the same at the same time."""
    for child in children:
        child.tell(method, *arguments)
    return [child.answer() for child in children]


def in_one_window(children: Sequence[Child], method: str, seconds: float, *arguments: object) -> list[Any]:
    """Have all of them work in the same span of time, which the method is given as start and end (time.monotonic)."""
    start = time.monotonic() + HEAD_START_SECONDS
    return ask_all(children, method, start, start + seconds, *arguments)


def wait_until(moment: float) -> None:
    """Sleep until that moment (time.monotonic)."""
    time.sleep(max(0.0, moment - time.monotonic()))


def settle_memory() -> None:
    """Keep what was prepared for a measurement out of the collector's way: in production it would not be there."""
    gc.collect()
    gc.freeze()


def _serve(pipe: Connection, make: Callable[..., object], arguments: Sequence[object]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # Where log lines go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever started us ends us.
    thing: object = None
    failure = ""
    try:
        thing = make(*arguments)
    except Exception:  # noqa: BLE001 - told to whoever asks
        failure = traceback.format_exc()
    while True:
        try:
            method, given = pipe.recv()
        except (EOFError, OSError):
            break
        if failure:
            pipe.send((True, failure))
            continue
        try:
            pipe.send((False, getattr(thing, method)(*given)))
        except Exception:  # noqa: BLE001 - told to whoever asks
            pipe.send((True, traceback.format_exc()))
    close = getattr(thing, "close", None)
    if close is not None:
        close()
