"""Reading one's own writes: wait until a follower has come to a position. One connection serves all who wait."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any, Final, Self

import psycopg
import structlog

from adapters.postgres.bookmarks import MOVED_CHANNEL, Bookmark
from adapters.postgres.connections import connect

LOOK_SECONDS: Final = 0.25
"""A notification may be lost: this is how late a move is seen then."""
STOP_SECONDS: Final = 0.1
BACKOFF_SECONDS: Final = 0.5

log = structlog.get_logger()


class Positions:
    """Knows how far each follower has come, wherever it runs, a fraction of a millisecond after it got there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._positions: dict[str, int] = defaultdict(int)
        self._moved = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="positions", daemon=True)

    def wait_for(self, bookmark: Bookmark, position: int, timeout_seconds: float) -> bool:
        """Wait until that follower has taken that position; false where it has not in time."""
        with self._moved:
            return self._moved.wait_for(lambda: self._positions[bookmark.text] >= position, timeout_seconds)

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; whoever waits goes on waiting until his time is over."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url) as connection:
                    self._listen(connection)
            except psycopg.Error as away:
                log.warning("positions", state="waiting", reason=type(away).__name__)
                self._stopping.wait(BACKOFF_SECONDS)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"LISTEN {MOVED_CHANNEL}")
        while not self._stopping.is_set():
            # As a whole, and backwards too: a rebuild or a restore may have moved a bookmark back.
            found = connection.execute("SELECT read_model, version, position FROM following.bookmark").fetchall()
            self._now({Bookmark(name, version).text: position for name, version, position in found})
            until = time.monotonic() + LOOK_SECONDS
            while time.monotonic() < until and not self._stopping.is_set():
                for notified in connection.notifies(timeout=STOP_SECONDS, stop_after=1):
                    follower, _, position = notified.payload.rpartition(" ")
                    self._now({follower: int(position)})

    def _now(self, positions: dict[str, int]) -> None:
        with self._moved:
            self._positions.update(positions)
            self._moved.notify_all()
