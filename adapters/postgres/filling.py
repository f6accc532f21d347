"""A read model that follows the log: each page is folded in memory and written in bulk, with the bookmark in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from functools import partial
from typing import Any, Final

import psycopg

from adapters.collector import collector_paused
from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.codec import EventCodec
from adapters.postgres.decoding import PageDecoder
from adapters.postgres.folding import Folded, Folding
from adapters.postgres.packed_columns import knows_arrays
from adapters.postgres.pages import FOLDED, PAGE_EVENTS_MAX, Page, Pages
from adapters.postgres.rows import Table
from adapters.postgres.stopped import BookmarkMoved, FoldFailed, RebuildNeeded
from projections.projection import ReadModel

ROWS_REMEMBERED_MAX: Final = 50_000
"""Some 50 MB. What was folded lately is likely to be touched again; more than this is forgotten all at once and read anew."""


class FillsTables:
    """Takes pages of the log into a read model's tables."""

    def __init__(self, read_model: ReadModel, codec: EventCodec, page_size: int = PAGE_EVENTS_MAX, rows_max: int | None = None) -> None:
        self.read_model = read_model
        self.bookmark = Bookmark(read_model.name, read_model.version)
        decoder = PageDecoder(codec, frozenset[Any]().union(*(projection.events for projection in read_model.projections)))
        self.pages = Pages(FOLDED, decoder.passed_over, page_size)
        self.folding = Folding(read_model, decoder)
        self._rows_max = rows_max
        self.tables: dict[Folded, Table] = {}

    def begin(self, connection: psycopg.Connection[Any]) -> int:
        """Start over from what the database says: nothing that was remembered counts. Raises TableMismatch and RebuildNeeded."""
        position = self.prepare(connection)
        if position == 0 and not all(table.is_empty(connection) for table in self.tables.values()):
            name = self.read_model.name
            raise RebuildNeeded(
                f"the tables of {name} are not empty, and not of version {self.bookmark.version}: run `launchpad rebuild {name}`"
            )
        return position

    def prepare(self, connection: psycopg.Connection[Any]) -> int:
        """Look at the tables and the bookmark, and remember nothing else. Raises TableMismatch."""
        knows_arrays(connection)
        self.folding.forget()
        self.tables = {
            folded: Table(connection, self.read_model.name, projection)
            for folded, projection in zip(self.folding.projections, self.read_model.projections, strict=True)
        }
        return self.bookmark.find(connection)

    def take(self, connection: psycopg.Connection[Any], page: Page) -> None:
        """Fold a page, and write rows and bookmark in one transaction. After any error `begin` must come first."""
        with collector_paused():
            try:
                self.folding.fold(page, partial(self.find_rows, connection))
            except FoldFailed:
                if (position := self.bookmark.find(connection)) != page.after:
                    # Somebody else took this page already: of course it does not fit his rows.
                    raise BookmarkMoved(f"the bookmark of {self.bookmark.text} lies at {position} and not at {page.after}") from None
                raise
            with connection.pipeline(), connection.transaction():
                self.write(connection)
                self.bookmark.move(connection, since=page.after, to=page.last)
            if self.folding.held() > (ROWS_REMEMBERED_MAX if self._rows_max is None else self._rows_max):
                self.folding.forget()

    def find_rows(self, connection: psycopg.Connection[Any], missing: Sequence[tuple[Folded, Collection[Hashable]]]) -> None:
        """Read rows that are not remembered, of all tables in one round trip."""
        if not missing:
            return
        with connection.pipeline():
            asked = [(folded, self.tables[folded], self.tables[folded].ask(connection, keys)) for folded, keys in missing]
            for folded, table, cursor in asked:
                folded.rows.update(table.answer(cursor))

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write the rows that were changed since the last time."""
        for folded, rows in self.folding.changes():
            self.tables[folded].write(connection, rows)
