"""What every worker of `launchpad react` has in common: a thread, one connection at a time, and patience through every outage."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import Any, Final, Self

import psycopg
import structlog

from adapters.postgres.bookmarks import MOVED_CHANNEL
from adapters.postgres.connections import connect
from commands.ports import LogUnavailable

LOOK_SECONDS: Final = 1.0
"""A follower tells when it has moved; what falls due by itself, or was told and lost, is seen this late."""
STOP_SECONDS: Final = 0.1
BACKOFF_SECONDS: Final = (0.1, 5.0)

Connection = psycopg.Connection[Any]
log = structlog.get_logger()


class Background(ABC):
    """Works until told to stop. `failed` holds the bug that ended it, if one did."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._backoff = BACKOFF_SECONDS[0]
        self.failed: BaseException | None = None

    @abstractmethod
    def session(self, connection: Connection) -> None:
        """Work on this connection, which hears of followers, until `is_stopping`. Raises LogUnavailable, psycopg.Error."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def run(self) -> None:
        """Work until `stop`, through every outage."""
        while not self.is_stopping:
            try:
                with connect(self._url) as connection:
                    connection.execute(f"LISTEN {MOVED_CHANNEL}")
                    self.session(connection)
            except (psycopg.Error, LogUnavailable) as away:
                log.warning(self._name, state="waiting", reason=type(away).__name__)
                self._stopping.wait(self._backoff)
                self._backoff = min(2 * self._backoff, BACKOFF_SECONDS[1])

    def start(self) -> Self:
        """Work in a thread."""
        self._thread = threading.Thread(target=self._run_quietly, name=self._name, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish what is at hand and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def has_stopped_within(self, seconds: float) -> bool:
        """Wait that long, or until it is told to stop."""
        return self._stopping.wait(seconds)

    def all_is_well(self) -> None:
        """Wait as short as at first, after the next outage."""
        self._backoff = BACKOFF_SECONDS[0]

    def wait_for(self, connection: Connection, *followers: str, seconds: float = LOOK_SECONDS) -> None:
        """Wait until one of these followers has moved on, or the time is over."""
        moved = tuple(f"{follower} " for follower in followers)
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            for notified in connection.notifies(timeout=min(left, STOP_SECONDS), stop_after=1):
                if notified.payload.startswith(moved):
                    return

    def _run_quietly(self) -> None:
        try:
            self.run()
        except BaseException as bug:
            self.failed = bug
            raise
