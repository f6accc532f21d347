"""A decided batch on its way into the log: events encoded, access rows folded, all of it sent in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation

from adapters.postgres import appending
from adapters.postgres.access_rows import NO_TIME, STREAMS, TABLES_OF, Fold, Rows
from adapters.postgres.appending import Cause, Columns, Stale
from adapters.postgres.codec import PERSONAL_EVENTS, EventCodec, person_of
from adapters.postgres.kept_rows import Kept
from adapters.postgres.loading import load_access
from commands.command import AppCommand
from commands.ports import Appended, Batch, Conflict
from domain.recorded import Recorded
from domain.state import Stream


class SentBatch:
    """A batch on its way."""

    def __init__(self, batch: BatchAppend, call: appending.Call, fold: Fold, places: Sequence[int]) -> None:
        self._batch, self._call, self._fold, self._places = batch, call, fold, places

    def result(self) -> Appended | Conflict:
        """Wait for the end: all of the batch is in the log, or nothing."""
        try:
            written = self._call.answer()
        except UniqueViolation:
            self._batch.kept.drop()
            return Conflict((), ())
        if isinstance(written, Stale):
            self._batch.kept.drop()
            return Conflict([Stream(stream) for stream in written.streams], written.command_ids)
        self._batch.keep(self._fold)
        return Appended([written.base + place for place in self._places])


class BatchAppend:
    """The append of one batch; it prepares all that needs no lock before it asks for the lock."""

    def __init__(self, connection: psycopg.Connection[Any], codec: EventCodec, kept: Kept, batch: Batch) -> None:
        self._connection, self._codec, self.kept, self._batch = connection, codec, kept, batch

    def append(self) -> Appended | Conflict:
        """Append all of the batch, or nothing; kept rows are forgotten where it was nothing."""
        return self.sent().result()

    def sent(self) -> SentBatch:
        """Send it: the server works on it until its result is asked for."""
        # A person's key is made before anything about him is written; an orphan is harmless.
        self._codec.sealer.prepare_sealing(self._persons())
        fold = Fold(self._rows_before())
        columns, places = self._columns(fold)
        return SentBatch(self, appending.Call(self._connection, columns.arguments(fold.arrays())), fold, places)

    def _columns(self, fold: Fold) -> tuple[Columns, list[int]]:
        encode = self._codec.encode
        columns = Columns(self._batch.versions)
        places = []
        for decided in self._batch.decided:
            envelope, outcome = decided.envelope, decided.outcome
            app_id = envelope.command.app_id if isinstance(envelope.command, AppCommand) else None
            for stream, version, event in decided.events:
                topic, state = encode(stream, event)
                columns.add_event(stream, version, topic, state)
                tables = TABLES_OF.get(type(event))
                if tables is not None:
                    fold.take(Recorded(0, stream, version, NO_TIME, app_id, event), tables, columns.count)
            cause = Cause(
                envelope.principal.text,
                envelope.on_behalf_of,
                envelope.command_id,
                envelope.correlation_id,
                envelope.causation_id,
                app_id,
                envelope.traceparent,
                envelope.claimed_at,
            )
            columns.add_cause(cause)
            columns.add_outcome(outcome.kind.value, outcome.code, outcome.sentence, envelope.digest)
            places.append(columns.count)
        return columns, places

    def _persons(self) -> set[UUID]:
        return {
            person_of(stream) for decided in self._batch.decided for stream, _, event in decided.events if type(event) in PERSONAL_EVENTS
        }

    def _rows_before(self) -> Mapping[str, Rows]:
        """The access rows that the batch will change: those kept at the very version that the append checks, else read now.

        What is read now may be newer than the batch; then the version has moved on, and the append writes nothing.
        """
        before: dict[str, Rows] = {}
        missing = []
        for decided in self._batch.decided:
            for stream, _, event in decided.events:
                if stream in before or type(event) not in TABLES_OF:
                    continue
                rows = self.kept.at(stream, self._batch.versions[stream])
                if rows is None:
                    missing.append(stream)
                before[stream] = rows or {}
        if missing:
            before.update(load_access(self._connection, missing))
        return before

    def keep(self, fold: Fold) -> None:
        """Keep the rows that the append has written."""
        latest = {stream: version for decided in self._batch.decided for stream, version, _ in decided.events if stream.startswith(STREAMS)}
        written = {}
        for stream, version in latest.items():
            folded: Rows | None = fold.rows.get(stream)
            rows = self.kept.at(stream, self._batch.versions[stream]) if folded is None else folded
            if rows is not None:
                written[stream] = version, rows
        self.kept.keep(written)
