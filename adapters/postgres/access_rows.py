"""Access rows on their way in and out: folded before the append, packed for log.append, read as texts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, get_type_hints
from uuid import UUID

import orjson

from adapters.postgres.packed_columns import PackedArray, packed_array
from domain.app import App
from domain.credential import Credential
from domain.event import Event
from domain.product import Product
from domain.recorded import Recorded
from domain.state import UUID_CHARACTERS
from projections.access import access
from projections.projection import Projection

NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
"""What an inline fold sees for a time: the append alone knows it, and stamps the rows."""
APPS, CREDENTIALS, PRODUCTS = (f"{state.KIND}-" for state in (App, Credential, Product))
STREAMS: Final = (APPS, CREDENTIALS, PRODUCTS)
"""How the streams begin that have access rows."""


class Column(NamedTuple):
    """One column of an access table: its type in log.append, how a value is sent, and how it is read from text."""

    name: str
    type: str
    parse: Callable[[str], Any]
    send: Callable[[Any], Any] | None = None


TYPES: Final[Mapping[Any, tuple[Any, ...]]] = {
    UUID: ("uuid", UUID),
    str: ("text", str),
    str | None: ("text", str),
    datetime | None: ("timestamptz", datetime.fromisoformat),
    Mapping[str, str]: ("text", orjson.loads, lambda attributes: orjson.dumps(attributes).decode()),
}
"""How each type of a row's field travels."""


class Table(NamedTuple):
    """An access table, as its row type tells."""

    projection: Projection
    columns: tuple[Column, ...]
    streams: str
    key: str
    """The column that holds the stream's UUID: the first one."""

    @property
    def select(self) -> str:
        """The rows of some streams: the stream's UUIDs are one parameter, the values come as texts."""
        values = ", ".join(f"{column.name}::text" for column in self.columns)
        return f"SELECT '{self.streams}' || {self.key}, ARRAY[{values}] FROM {self.projection.name} WHERE {self.key} = ANY "  # noqa: S608

    def row(self, values: Iterable[str | None]) -> Any:  # noqa: ANN401 - one of four row types
        """Make a row of its values as text."""
        return self.projection.row(
            *(None if value is None else column.parse(value) for column, value in zip(self.columns, values, strict=True))
        )

    def key_of(self, row: object) -> Hashable:
        """A row's key, as the projection names it."""
        return (row.app_id, row.product_id) if self.projection.name == "access.subscription" else getattr(row, self.key)  # type: ignore[attr-defined]


def _table(projection: Projection) -> Table:
    hints = get_type_hints(projection.row)
    columns = tuple(Column(name, *TYPES[hints[name]]) for name in projection.row._fields)
    key = columns[0].name
    return Table(projection, columns, f"{key.removesuffix('_id')}-", key)


TABLES: Final = tuple(_table(projection) for projection in access.projections)
"""In the order in which log.append takes them."""
TABLES_OF: Final[Mapping[type[Event], tuple[int, ...]]] = {
    event: tuple(index for index, table in enumerate(TABLES) if event in table.projection.events)
    for table in TABLES
    for event in table.projection.events
}
UNCHANGED: Final = tuple([packed_array(kind, ()) for kind in (*(column.type for column in table.columns), "int8")] for table in TABLES)
"""What is sent for a table without a changed row."""
Rows = Mapping[tuple[int, Hashable], Any]
"""The access rows of one stream, by table and key."""


class Changed(NamedTuple):
    """A row that an append writes, and how many of its events stand before the change."""

    row: Any
    place: int


class Fold:
    """The fold of one append: what the rows were, and what they become."""

    def __init__(self, before: Mapping[str, Rows]) -> None:
        self.rows: dict[str, dict[tuple[int, Hashable], Any]] = {stream: dict(rows) for stream, rows in before.items()}
        self.changed: tuple[dict[Hashable, Changed], ...] = tuple({} for _ in TABLES)

    def take(self, recorded: Recorded[Any], tables: Iterable[int], place: int) -> None:
        """Fold one event into its rows."""
        rows = self.rows[recorded.stream]
        for index in tables:
            projection = TABLES[index].projection
            for key in projection.keys(recorded):
                old = rows.get((index, key))
                new = projection.fold(old, recorded)
                if new is not old:
                    rows[index, key] = new
                    self.changed[index][key] = Changed(new, place)

    def arrays(self) -> list[PackedArray]:
        """All changed rows, as the arguments of log.append."""
        packed: list[PackedArray] = []
        for table, changed, unchanged in zip(TABLES, self.changed, UNCHANGED, strict=True):
            if not changed:
                packed += unchanged
                continue
            values = zip(*(each.row for each in changed.values()), strict=True)
            for column, each in zip(table.columns, values, strict=True):
                packed.append(packed_array(column.type, each if column.send is None else [*map(column.send, each)]))
            packed.append(packed_array("int8", [each.place for each in changed.values()]))
        return packed


def ids_by_table(streams: Iterable[str]) -> list[list[str]]:
    """For each table, the UUIDs of those streams that have rows in it."""
    ids: dict[str, list[str]] = {prefix: [] for prefix in STREAMS}
    for stream in streams:
        found = ids.get(stream[:-UUID_CHARACTERS])
        if found is not None:
            found.append(stream[-UUID_CHARACTERS:])
    return [ids[table.streams] for table in TABLES]
