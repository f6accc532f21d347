"""A page of the log folded into a read model's rows, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from adapters.postgres.decoding import PageDecoder
from adapters.postgres.pages import APP, ON_BEHALF_OF, POSITION, PRINCIPAL, RECORDED_AT, STREAM, VERSION, Page
from adapters.postgres.stopped import FoldFailed
from domain.recorded import Recorded
from projections.projection import Projection, ReadModel


class Folded:
    """One projection's rows in memory: those that are remembered, and which of them were changed since they were last written."""

    __slots__ = ("changed", "fold", "keys", "name", "rows")

    def __init__(self, projection: Projection) -> None:
        self.name = projection.name
        self.keys = projection.keys
        self.fold = projection.fold
        self.rows: dict[Hashable, Any] = {}
        self.changed: dict[Hashable, None] = {}

    def take_changes(self) -> Mapping[Hashable, Any]:
        """Give the changed rows, to be written now."""
        changes = {key: self.rows[key] for key in self.changed}
        self.changed = {}
        return changes


FindRows = Callable[[Sequence[tuple[Folded, Collection[Hashable]]]], None]
"""Puts the rows with these keys into `rows`, where there are any: all tables of a page at once."""


class Folding:
    """Folds pages into rows, which it remembers until told to forget."""

    def __init__(self, read_model: ReadModel, decoder: PageDecoder) -> None:
        self._decoder = decoder
        self.projections = [Folded(projection) for projection in read_model.projections]
        self._by_event = {
            event: [
                folded for folded, projection in zip(self.projections, read_model.projections, strict=True) if event in projection.events
            ]
            for event in {event for projection in read_model.projections for event in projection.events}
        }

    def fold(self, page: Page, find_rows: FindRows) -> None:
        """Fold the page; `find_rows` is asked for rows that are not remembered. Raises UpgradeNeeded, CannotDecode and FoldFailed."""
        columns = page.columns
        events = self._decoder.decode(columns)
        by_event, make = self._by_event, tuple.__new__
        steps: list[tuple[Folded, Hashable, Recorded]] = []
        missing: dict[Folded, dict[Hashable, None]] = {folded: {} for folded in self.projections}
        places = (POSITION, STREAM, VERSION, RECORDED_AT, APP, PRINCIPAL, ON_BEHALF_OF)
        for position, stream, version, at, app_id, who, behalf, event in zip(*(columns[each] for each in places), events, strict=True):
            recorded = make(Recorded, (position, stream, version, at, app_id, event, who, behalf, None, None, None))
            for folded in by_event[type(event)]:
                rows = folded.rows
                for key in folded.keys(recorded):
                    steps.append((folded, key, recorded))
                    if key not in rows:
                        rows[key] = None
                        missing[folded][key] = None
        find_rows([(folded, keys) for folded, keys in missing.items() if keys])
        for folded, key, recorded in steps:
            try:
                folded.rows[key] = folded.fold(folded.rows[key], recorded)
            except Exception as error:  # noqa: BLE001 - whatever a fold raises stops the follower, by name
                raise FoldFailed(recorded.position, type(recorded.event).__name__, folded.name, error) from None
            folded.changed[key] = None

    def changes(self) -> Iterable[tuple[Folded, Mapping[Hashable, Any]]]:
        """Give what is to be written now, table by table."""
        return [(folded, folded.take_changes()) for folded in self.projections if folded.changed]

    def held(self) -> int:
        """How many rows are remembered."""
        return sum(len(folded.rows) for folded in self.projections)

    def forget(self) -> None:
        """Remember nothing: what is in the tables counts."""
        for folded in self.projections:
            folded.rows = {}
            folded.changed = {}
