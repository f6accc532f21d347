"""The call of log.append: its arguments gathered column by column, sent in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import Format

from adapters.postgres.packed_columns import PackedArray, packed_array
from adapters.postgres.prepared import Prepared
from projections.access import ACCESS_VERSION

_READ: Final = ("text", "int8")
_EVENTS: Final = ("text", "int8", "text", "bytea", "int8")
_CAUSES: Final = ("text", "uuid", "uuid", "text", "text", "uuid", "text", "timestamptz")
_OUTCOMES: Final = ("text", "text", "text", "int8", "bytea")
_ACCESS_ARGUMENTS: Final = 24
_ARGUMENTS: Final = len(_READ) + 1 + len(_EVENTS) + len(_CAUSES) + len(_OUTCOMES) + _ACCESS_ARGUMENTS
_APPEND: Final = Prepared(
    "log_append",
    "SELECT base, now, stale_streams, known_commands FROM log.append({})".format(  # noqa: S608 - numbers of parameters
        ", ".join(f"${number}" for number in range(1, _ARGUMENTS + 1))
    ),
    # All arrays are packed; the version of the access fold, which comes after those of what was read, is a text.
    [Format.TEXT if index == len(_READ) else Format.BINARY for index in range(_ARGUMENTS)],
)


class Appended(NamedTuple):
    """Where an append begins, exclusively, and when it was recorded."""

    base: int
    recorded_at: datetime


class Stale(NamedTuple):
    """Nothing was appended: these streams have moved on, these commands have an outcome."""

    streams: Sequence[str]
    command_ids: Sequence[UUID]


class Cause(NamedTuple):
    """Who caused events, and by which message: said once for all events of a command."""

    principal: str
    on_behalf_of: UUID | None = None
    command_id: UUID | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    app_id: UUID | None = None
    traceparent: str | None = None
    claimed_at: datetime | None = None


class Columns:
    """The arguments of one append, gathered as they come and packed a column at a time."""

    __slots__ = ("_causes", "_event_causes", "_outcomes", "_states", "_streams", "_topics", "_versions", "read")

    def __init__(self, read: Mapping[Any, int]) -> None:
        self.read = read
        self._streams: list[str] = []
        self._versions: list[int] = []
        self._topics: list[str] = []
        self._states: list[bytes] = []
        self._event_causes: list[int] = []
        self._causes: list[Cause] = []
        self._outcomes: list[tuple[str, str | None, str | None, int, bytes]] = []

    @property
    def count(self) -> int:
        """How many events there are so far."""
        return len(self._streams)

    def add_event(self, stream: str, version: int, topic: str, state: bytes) -> None:
        """Add an event; who caused it comes with `add_cause`."""
        self._streams.append(stream)
        self._versions.append(version)
        self._topics.append(topic)
        self._states.append(state)
        self._event_causes.append(len(self._causes) + 1)

    def add_cause(self, cause: Cause) -> None:
        """Say who caused the events that were added since the cause before."""
        self._causes.append(cause)

    def add_outcome(self, kind: str, code: str | None, sentence: str | None, digest: bytes) -> None:
        """Add the outcome of the command whose cause was added last; where one has an outcome, all have."""
        self._outcomes.append((kind, code, sentence, self.count, digest))

    def arguments(self, access: Iterable[PackedArray]) -> list[bytes]:
        """All arguments of log.append, with the access rows last."""
        events = (self._streams, self._versions, self._topics, self._states, self._event_causes)
        return [
            *_packed(_READ, (list(self.read.keys()), list(self.read.values()))),
            str(ACCESS_VERSION).encode(),
            *_packed(_EVENTS, events),
            *_packed(_CAUSES, _turned(self._causes)),
            *_packed(_OUTCOMES, _turned(self._outcomes)),
            *access,
        ]


def _packed(types: Sequence[str], columns: Iterable[Sequence[Any]]) -> Iterable[PackedArray]:
    return map(packed_array, types, columns)


def _turned(rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Turn rows into columns; of no rows, as many empty columns as anybody takes."""
    return zip(*rows, strict=True) if rows else repeat(())


class Call:
    """An append that was sent in one message; the server works on it until `answer` is asked for."""

    def __init__(self, connection: psycopg.Connection[Any], arguments: Sequence[bytes]) -> None:
        self._connection = connection
        _APPEND.send(connection, arguments)

    def answer(self) -> Appended | Stale:
        """Wait for the end: all of it is in the log, or nothing. Raises what psycopg raises of the statement."""
        ((base, recorded_at, stale, known),) = _APPEND.rows(self._connection)
        return Appended(base, recorded_at) if base is not None else Stale(stale or (), known or ())


def call(connection: psycopg.Connection[Any], arguments: Sequence[bytes]) -> Appended | Stale:
    """Append in one round trip: all of it, or nothing."""
    return Call(connection, arguments).answer()
