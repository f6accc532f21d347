"""What a batch of commands needs to know, read in one query: streams, their access rows, earlier outcomes, and the time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.pq import Format

from adapters.postgres.access_rows import STREAMS, TABLES, Rows, ids_by_table
from adapters.postgres.codec import EventCodec, persons_of
from adapters.postgres.kept_rows import Kept
from adapters.postgres.packed_columns import PackedArray, packed_array
from adapters.postgres.prepared import Prepared
from commands.outcome import Kept as KeptOutcome
from commands.outcome import Outcome, OutcomeKind
from commands.ports import History, Loaded
from domain.event import Event
from domain.state import Stream

EVENTS, OUTCOMES, ACCESS, NOW = range(4)
STREAMS_AT, COMMANDS_AT = len(TABLES) + 1, len(TABLES) + 2
ABSENT: Final = History(0, ())
_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

ACCESS_ROWS: Final = " UNION ALL ".join(
    f"SELECT {ACCESS}, stream, {index}::bigint, NULL::text, NULL::bytea, texts"  # noqa: S608 - our own names
    f" FROM ({table.select} (${index + 1}::text[]::uuid[])) AS rows (stream, texts)"
    for index, table in enumerate(TABLES)
)
_BINARY: Final = [Format.BINARY] * (len(TABLES) + 2)
_ACCESS: Final = Prepared("load_access", ACCESS_ROWS, _BINARY[: len(TABLES)])
# The clock is read last: what is loaded was recorded before it. One statement is one snapshot.
_LOAD: Final = Prepared(
    "load",
    f"""
SELECT {EVENTS}, originator_id, originator_version, topic, state, NULL::text[]
FROM (
    SELECT originator_id, originator_version, topic, state FROM log.events
    WHERE originator_id = ANY (${STREAMS_AT}::text[]) ORDER BY originator_id, originator_version
) AS events
UNION ALL
SELECT {OUTCOMES}, NULL, position, NULL, digest, ARRAY[command_id::text, kind, code, sentence, principal, on_behalf_of::text]
FROM log.outcomes WHERE command_id = ANY (${COMMANDS_AT}::uuid[])
UNION ALL
{ACCESS_ROWS}
UNION ALL
SELECT {NOW}, NULL, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, NULL, NULL, NULL
""",  # noqa: S608 - our own names
    _BINARY,
)


class SentLoad:
    """A load on its way: the server works on it until its result is asked for."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        codec: EventCodec,
        kept: Kept,
        streams: Collection[Stream],
        command_ids: Collection[UUID],
    ) -> None:
        self._connection, self._codec, self._kept, self._streams = connection, codec, kept, streams
        _LOAD.send(connection, [*_ids(streams), packed_array("text", streams), packed_array("uuid", command_ids)])

    def result(self) -> Loaded:
        """Wait for all that was asked for, and keep the access rows of what was read."""
        codec, kept, streams = self._codec, self._kept, self._streams
        codec.sealer.prepare_opening(persons_of(streams))
        histories: dict[Stream, list[Event]] = {}
        outcomes: dict[UUID, KeptOutcome] = {}
        access: dict[str, dict[Any, Any]] = {}
        now = _UNIX_EPOCH
        for what, stream, number, topic, blob, values in _LOAD.rows(self._connection):
            if what == EVENTS:
                events = histories.setdefault(stream, [])
                events.append(codec.decode(stream, topic, blob))
                if len(events) != number:
                    raise ValueError(f"the log is damaged: event {number} of {stream} is its {len(events)}th")
            elif what == OUTCOMES:
                outcome = _outcome(values, number, blob)
                outcomes[outcome.outcome.command_id] = outcome  # type: ignore[index]
            elif what == ACCESS:
                _take(access, stream, number, values)
            else:
                now = _UNIX_EPOCH + timedelta(microseconds=number)
        found: dict[Stream, History] = dict.fromkeys(streams, ABSENT)
        for stream, events in histories.items():
            found[stream] = History(len(events), events)
        kept.keep({stream: (len(each), access.get(stream, {})) for stream, each in histories.items() if stream.startswith(STREAMS)})
        return Loaded(found, outcomes, now)


def load(
    connection: psycopg.Connection[Any], codec: EventCodec, kept: Kept, streams: Collection[Stream], command_ids: Collection[UUID]
) -> Loaded:
    """Read all that is asked for in one query."""
    return SentLoad(connection, codec, kept, streams, command_ids).result()


def load_access(connection: psycopg.Connection[Any], streams: Collection[str]) -> Mapping[str, Rows]:
    """Read the access rows of streams whose states somebody else had kept."""
    access: dict[str, dict[Any, Any]] = {stream: {} for stream in streams}
    _ACCESS.send(connection, _ids(streams))
    for _, stream, index, _, _, values in _ACCESS.rows(connection):
        _take(access, stream, index, values)
    return access


def _take(access: dict[str, dict[Any, Any]], stream: str, index: int, values: list[str | None]) -> None:
    row = TABLES[index].row(values)
    access.setdefault(stream, {})[index, TABLES[index].key_of(row)] = row


def _ids(streams: Collection[str]) -> list[PackedArray]:
    return [packed_array("text", ids) for ids in ids_by_table(streams)]


def _outcome(values: list[Any], position: int, digest: bytes) -> KeptOutcome:
    command_id, kind, code, sentence, principal, on_behalf_of = values
    outcome = Outcome(UUID(command_id), OutcomeKind(kind), position, code, sentence)
    return KeptOutcome(outcome, principal, None if on_behalf_of is None else UUID(on_behalf_of), digest)
