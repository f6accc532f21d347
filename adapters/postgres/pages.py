"""Pages of the log: read in order from a position on, the next one while the current one is worked on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

PAGE_EVENTS_MAX: Final = 5_000
"""Larger pages were not faster, smaller ones pay more for each write."""

FOLDED: Final = (
    "notification_id",
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "recorded_at",
    "app_id",
    "principal",
    "on_behalf_of",
)
"""What folds see."""
POSITION, STREAM, VERSION, NAME, PAYLOAD, RECORDED_AT, APP, PRINCIPAL, ON_BEHALF_OF = range(9)
"""Their places in a row of a page."""
STORED: Final = (*FOLDED, "command_id", "correlation_id", "causation_id", "traceparent")

Columns = Sequence[Sequence[Any]]
"""A page's rows, turned: one sequence for each column."""

_HEAD: Final = b"SELECT coalesce(max(notification_id), 0) FROM log.events"


class StoredRow(NamedTuple):
    """An event as it lies in the log, undecoded; personal data in it are sealed."""

    position: int
    stream: str
    version: int
    name: str
    payload: bytes
    recorded_at: Any
    app_id: Any
    principal: str
    on_behalf_of: Any
    command_id: Any
    correlation_id: str | None
    causation_id: str | None
    traceparent: str | None


class Page(NamedTuple):
    """The events from `after` (not included) to `last`, without those that are passed over."""

    after: int
    last: int
    head: int
    """The log's last position, as far as it was known when the page was read."""
    rows: Sequence[tuple[Any, ...]]

    @property
    def columns(self) -> Columns:
        """The rows, turned."""
        return list(zip(*self.rows, strict=True)) or [()] * len(FOLDED)


class Pages:
    """Reads the log's events but those of some names."""

    def __init__(self, columns: Sequence[str], passed_over: Sequence[str] = (), size: int = PAGE_EVENTS_MAX) -> None:
        self.size = size
        # Literals: PostgreSQL hashes a long list of constants, and compares a parameter's elements one by one.
        names = sql.SQL("topic NOT IN ({})").format(sql.SQL(", ").join(map(sql.Literal, passed_over))) if passed_over else sql.SQL("true")
        self._select = sql.SQL(
            "SELECT {columns} FROM log.events WHERE notification_id > %s AND notification_id <= %s AND {names} ORDER BY notification_id"
        ).format(columns=sql.SQL(", ").join(map(sql.Identifier, columns)), names=names)

    def read(self, connection: psycopg.Connection[Any], after: int) -> Page:
        """Read the next page; its `last` equals `after` where there is nothing new."""
        with connection.pipeline():
            # The head first: positions become visible in order, so that the second statement sees all up to the first one's answer.
            head = connection.execute(_HEAD)
            rows = connection.cursor(binary=True).execute(self._select, [after, after + self.size]).fetchall()
            (known,) = head.fetchone() or (0,)
        last = max(min(known, after + self.size), rows[-1][POSITION] if rows else after)
        return Page(after, last, max(known, last), rows)

    def follow_up(self, connection: psycopg.Connection[Any], before: Page) -> Page:
        """Read the page after this one, as far as the head that was known then."""
        last = min(before.last + self.size, before.head)
        rows = connection.cursor(binary=True).execute(self._select, [before.last, last]).fetchall()
        return Page(before.last, last, before.head, rows)

    def from_here(self, ahead: psycopg.Connection[Any], first: Page) -> Iterator[Page]:
        """Give this page and those after it up to its head; while one is worked on, a thread reads the next through `ahead`."""
        with ThreadPoolExecutor(1, "next-page") as reading:
            page = first
            while page.last < page.head:
                coming = reading.submit(self.follow_up, ahead, page)
                yield page
                page = coming.result()
            yield page
