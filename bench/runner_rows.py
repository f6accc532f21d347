"""The dashboard's tables as the library's ProjectionRunner writes them: row by row, in the transaction that tracks the event."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from psycopg.sql import SQL, Composed, Identifier, Placeholder
from psycopg.types.json import Jsonb

from domain.recorded import Recorded
from projections.dashboard import DASHBOARD
from projections.projection import Projection


class Rows(PostgresTrackingRecorder):
    """The view: reads and writes rows of the dashboard's tables, in the transaction that tracks the event."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(*arguments, **named)
        self._select = {projection.name: _select(projection) for projection in DASHBOARD.projections}
        self._upsert = {projection.name: _upsert(projection) for projection in DASHBOARD.projections}

    def fold(self, recorded: Recorded, tracking: Tracking) -> None:
        """Fold one event into the rows that it touches."""
        with self.datastore.transaction(commit=True) as cursor:
            for projection in DASHBOARD.projections:
                if type(recorded.event) not in projection.events:
                    continue
                for key in projection.keys(recorded):
                    cursor.execute(self._select[projection.name], key if isinstance(key, tuple) else (key,), prepare=True)
                    found = cursor.fetchone()
                    row = projection.fold(None if found is None else projection.row(**found), recorded)
                    cursor.execute(self._upsert[projection.name], [_adapted(value) for value in row], prepare=True)
            self._insert_tracking(cursor, tracking)


def _select(projection: Projection) -> Composed:
    fields, keys = projection.row._fields, _keys(projection)
    ids = {field for field in fields if field.endswith("_id") and field != "client_id"} | {"replaces"}
    shown = [SQL("{0}::text AS {0}" if field in ids else "{0}").format(Identifier(field)) for field in fields]
    where = SQL(" AND ").join(SQL("{} = {}").format(Identifier(key), Placeholder()) for key in keys)
    return SQL("SELECT {} FROM dashboard.{} WHERE {}").format(SQL(", ").join(shown), Identifier(projection.name), where)


def _upsert(projection: Projection) -> Composed:
    fields, keys = projection.row._fields, _keys(projection)
    return SQL("INSERT INTO dashboard.{} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
        Identifier(projection.name),
        SQL(", ").join(map(Identifier, fields)),
        SQL(", ").join(Placeholder() * len(fields)),
        SQL(", ").join(map(Identifier, keys)),
        SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(field)) for field in fields if field not in keys),
    )


def _keys(projection: Projection) -> tuple[str, ...]:
    """The primary key's columns, which come first in every row."""
    two = projection.name in {"owner", "subscription"}
    return tuple(projection.row._fields[: 2 if two else 1])


def _adapted(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict | list | tuple) else value
