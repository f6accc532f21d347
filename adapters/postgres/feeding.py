"""A feed that follows the log: pages of stored rows go to a sink, and the bookmark moves only after the sink has them for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import psycopg

from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.pages import PAGE_EVENTS_MAX, STORED, Page, Pages, StoredRow


class Sink(Protocol):
    """Where stored events go. The same page may come again after a crash: what it does must bear repeating."""

    def take(self, page: Sequence[StoredRow]) -> None:
        """Take a page and return when it can't be lost any more. Raises SinkAway when it can't now; then nothing is skipped."""
        ...


class FeedsSink:
    """Takes pages of the log to a sink, at least once, in order."""

    def __init__(self, name: str, sink: Sink, version: int = 1, page_size: int = PAGE_EVENTS_MAX) -> None:
        self.bookmark = Bookmark(name, version)
        self.pages = Pages(STORED, size=page_size)
        self._sink = sink

    def begin(self, connection: psycopg.Connection[Any]) -> int:
        """Start from the bookmark."""
        return self.bookmark.find(connection)

    def take(self, connection: psycopg.Connection[Any], page: Page) -> None:
        """Hand the page over, then move the bookmark."""
        if page.rows:
            self._sink.take([StoredRow._make(row) for row in page.rows])
        self.bookmark.move(connection, since=page.after, to=page.last)
