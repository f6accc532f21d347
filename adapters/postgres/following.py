"""Following the log: page by page, woken by each append and looking once a second, one leader at a time, through every outage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Protocol, Self

import psycopg
import structlog

from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.connections import connect
from adapters.postgres.follower_status import FollowerStatus, Following
from adapters.postgres.leader import is_wanted, try_to_lead
from adapters.postgres.pages import Page, Pages
from adapters.postgres.stopped import FollowingStopped, FollowingWaits

__all__ = ["Follower", "FollowerStatus", "Following", "Takes"]

APPENDED_CHANNEL: Final = "launchpad_log"
LOOK_SECONDS: Final = 1.0
"""A notification is a hint and may be lost: this is how late an event is seen then, and how soon a standby takes over."""
STOP_SECONDS: Final = 0.1
"""How soon a follower that waits sees that it shall stop."""
BACKOFF_SECONDS: Final = (0.1, 5.0)
"""First and longest wait when the database or the sink is away; PostgreSQL recovers in 0.5 to 2 s."""

Connection = psycopg.Connection[Any]
log = structlog.get_logger()


class Takes(Protocol):
    """What a follower does with the pages: it fills tables or feeds a sink."""

    bookmark: Bookmark
    pages: Pages

    def begin(self, connection: Connection) -> int:
        """Forget everything, and say where the bookmark lies."""
        ...

    def take(self, connection: Connection, page: Page) -> None:
        """Take a page whole and move the bookmark to its end, or raise and change nothing."""
        ...


class Follower:
    """Follows the log for one read model or feed."""

    def __init__(self, url: str, takes: Takes, connect: Callable[[str], Connection] = connect) -> None:
        self._url = url
        self._takes = takes
        self._connect = connect
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = FollowerStatus(takes.bookmark.name, takes.bookmark.version)
        self._backoff = BACKOFF_SECONDS[0]

    @property
    def status(self) -> FollowerStatus:
        """How it is doing, as far as this process knows."""
        return self._status

    def run(self) -> None:
        """Follow until `stop`, through every outage. Raises FollowingStopped where an event can't be taken."""
        while not self._stopping.is_set():
            try:
                self._session()
            except (psycopg.Error, FollowingWaits) as away:
                self._now(Following.WAITING, _first_line(away))
                self._stopping.wait(self._backoff)
                self._backoff = min(2 * self._backoff, BACKOFF_SECONDS[1])
            except FollowingStopped as stopped:
                self._now(Following.FAILED, str(stopped))
                raise
        self._now(Following.STOPPED)

    def start(self) -> Self:
        """Follow in a thread; `status` says when it failed."""
        self._thread = threading.Thread(target=self._run_quietly, name=f"follow {self._takes.bookmark.text}", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the page at hand and stop; safe to call twice, and from a signal handler's thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run_quietly(self) -> None:
        try:
            self.run()
        except FollowingStopped:
            return  # The status and the log have said it.
        except BaseException as bug:
            self._now(Following.FAILED, f"a bug: {type(bug).__name__}")
            raise

    def _session(self) -> None:
        """Lead on one connection until it is lost, or somebody else waits to lead."""
        with ExitStack() as stack:
            connection = stack.enter_context(self._connect(self._url))
            while not try_to_lead(connection, self._takes.bookmark.text):
                self._now(Following.STANDBY)
                if self._stopping.wait(LOOK_SECONDS):
                    return
            connection.execute(f"LISTEN {APPENDED_CHANNEL}")
            position = self._takes.begin(connection)
            self._status = replace(self._status, position=position)
            self._now(Following.FOLLOWING)
            ahead: Connection | None = None
            looked = time.monotonic()
            while not self._stopping.is_set():
                page = self._takes.pages.read(connection, position)
                if page.last < page.head and ahead is None:
                    ahead = stack.enter_context(self._connect(self._url))
                if page.last > position:
                    position = self._catch_up(connection, ahead, page)
                else:
                    self._status = replace(self._status, head=page.head)
                    self._wait_for_more(connection)
                if time.monotonic() - looked >= LOOK_SECONDS:
                    looked = time.monotonic()
                    if is_wanted(connection, self._takes.bookmark.text):
                        self._now(Following.STANDBY)
                        break
        self._stopping.wait(STOP_SECONDS)  # Whoever waits to lead gets the lock first.

    def _catch_up(self, connection: Connection, ahead: Connection | None, page: Page) -> int:
        pages = self._takes.pages.from_here(ahead, page) if ahead is not None else iter([page])
        position, until = page.after, time.monotonic() + LOOK_SECONDS
        for each in pages:
            self._takes.take(connection, each)
            position = each.last
            self._status = replace(self._status, position=position, head=each.head)
            self._backoff = BACKOFF_SECONDS[0]
            if self._stopping.is_set() or time.monotonic() > until:
                break  # Perhaps somebody waits to lead.
        return position

    def _wait_for_more(self, connection: Connection) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while not self._stopping.is_set() and time.monotonic() < until:
            for _ in connection.notifies(timeout=STOP_SECONDS, stop_after=1):
                return

    def _now(self, state: Following, reason: str | None = None) -> None:
        if (state, reason) != (self._status.state, self._status.reason):
            say = log.warning if state in {Following.WAITING, Following.FAILED} else log.info
            say(
                "follower",
                follower=self._status.name,
                version=self._status.version,
                state=state.value,
                position=self._status.position,
                **({} if reason is None else {"reason": reason}),
            )
        self._status = replace(self._status, state=state, reason=reason)


def _first_line(error: Exception) -> str:
    """What a database error says, without the statement and its values."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
