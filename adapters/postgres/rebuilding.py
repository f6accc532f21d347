"""A read model made anew from the log: folded in memory, copied into emptied tables in one transaction, under the leader's lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, Final

import psycopg

from adapters.collector import collector_paused
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.folding import Folded
from adapters.postgres.leader import wait_to_lead
from adapters.postgres.pages import PAGE_EVENTS_MAX
from projections.projection import ReadModel

ROWS_HELD_MAX: Final = 400_000
"""Some 400 MB. Up to this many rows are written by one COPY at the end; a larger read model is written in pieces."""
LEADER_WAIT_SECONDS: Final = 30.0
"""The leader steps down within a second or two; a page that it is writing may take longer on a slow disk."""

Progress = Callable[[int, int], None]
"""Told the position reached and the log's head, page by page."""


def rebuild(
    url: str,
    read_model: ReadModel,
    codec: EventCodec,
    progress: Progress = lambda *_: None,
    *,
    rows_held_max: int = ROWS_HELD_MAX,
    page_size: int = PAGE_EVENTS_MAX,
) -> int:
    """Empty the read model's tables, fill them from the log, and return the position reached; whoever follows goes on from there.

    Readers see the old rows until one transaction replaces them all. Raises LeaderBusy and FollowingStopped.
    """
    takes = FillsTables(read_model, codec, page_size)
    with connect(url, statement_timeout="0", idle_in_transaction_session_timeout="0") as connection, connect(url) as reading:
        wait_to_lead(connection, takes.bookmark.text, LEADER_WAIT_SECONDS)
        since = takes.prepare(connection)
        with connection.transaction():
            writing = _Writing(takes, connection, rows_held_max)
            position = _fold_all(takes, reading, writing, progress)
            writing.finish()
            takes.bookmark.move(connection, since=since, to=position)
        return position


def _fold_all(takes: FillsTables, reading: psycopg.Connection[Any], writing: _Writing, progress: Progress) -> int:
    position = 0
    while (page := takes.pages.read(reading, position)).last > position:
        for each in takes.pages.from_here(reading, page):
            with collector_paused():
                takes.folding.fold(each, writing.find_rows)
                writing.write_if_many()
            position = each.last
            progress(position, each.head)
    return position


class _Writing:
    """Writes what was folded: by one COPY at the end, where memory holds it all."""

    def __init__(self, takes: FillsTables, connection: psycopg.Connection[Any], rows_held_max: int) -> None:
        self._takes = takes
        self._connection = connection
        self._rows_held_max = rows_held_max
        self._some_written = False

    def find_rows(self, missing: Sequence[tuple[Folded, Collection[Hashable]]]) -> None:
        if self._some_written:
            self._takes.find_rows(self._connection, missing)

    def write_if_many(self) -> None:
        if self._takes.folding.held() <= self._rows_held_max:
            return
        if self._some_written:
            self._takes.write(self._connection)
        else:
            # It will take a while: readers go on seeing the old rows until the end.
            for table in self._takes.tables.values():
                table.clear(self._connection)
            self._fill()
        self._some_written = True
        self._takes.folding.forget()

    def finish(self) -> None:
        if self._some_written:
            self._takes.write(self._connection)
        else:
            for table in self._takes.tables.values():
                table.truncate(self._connection)
            self._fill()

    def _fill(self) -> None:
        for folded, rows in self._takes.folding.changes():
            self._takes.tables[folded].fill(self._connection, rows)
