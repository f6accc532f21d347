"""The eventsourcing library's recorder on our log: it reads our table as its own, and appends by our one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from adapters.postgres import appending
from adapters.postgres.access_rows import Fold
from adapters.postgres.appending import Cause, Columns, Stale

SCHEMA: Final = "log"
TABLE: Final = "events"
CHANNEL: Final = "launchpad_log"
LIBRARY: Final = Cause("service:eventsourcing")
"""Whom the log names for events that come from the library itself, which knows no principals."""


class LogRecorder(PostgresApplicationRecorder):
    """For a datastore whose schema is `log` and whose originator ids are text."""

    def __init__(self, datastore: PostgresDatastore, **_: object) -> None:
        super().__init__(datastore, events_table_name=TABLE)
        self.channel_name = CHANNEL

    def create_table(self) -> None:
        """Do nothing: `launchpad migrate` makes the table."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, versions: Mapping[str, int] | None = None, cause: Cause = LIBRARY, **_: object
    ) -> Sequence[int]:
        """Append in one call, or nothing; without the library's retries, since an append that was lost may have happened.

        Raises IntegrityError where one of `versions` (streams with their expected versions) has moved on, or an event's place is taken.
        """
        if not stored_events:
            return []
        columns = Columns(versions or {})
        for stored in stored_events:
            columns.add_event(str(stored.originator_id), stored.originator_version, stored.topic, stored.state)
        columns.add_cause(cause)
        with self.datastore.get_connection() as connection:
            appended = appending.call(connection, columns.arguments(Fold({}).arrays()))
        if isinstance(appended, Stale):
            raise IntegrityError(f"these streams have moved on: {', '.join(appended.streams)}")
        return list(range(appended.base + 1, appended.base + 1 + len(stored_events)))
