"""The call of log.append: its arguments gathered column by column, sent in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import Format

from adapters.postgres.arrays import Array, Blobs, Int8s, Texts, Times, Uuids, blob, int8, text, time, uuid
from adapters.postgres.prepared import Prepared
from domain.stored_names import EVENT_NAMES
from projections.access import ACCESS_VERSION

_READ: Final = (Texts, Int8s)
_EVENTS: Final = (Texts, Int8s, Texts, Blobs, Int8s)
_CAUSES: Final = (Texts, Uuids, Uuids, Texts, Texts, Uuids, Texts, Times)
_OUTCOMES: Final = (Texts, Texts, Texts, Int8s, Blobs)
_ACCESS_ARGUMENTS: Final = 19
_ARGUMENTS: Final = len(_READ) + 1 + len(_EVENTS) + len(_CAUSES) + len(_OUTCOMES) + _ACCESS_ARGUMENTS
_APPEND: Final = Prepared(
    "log_append",
    "SELECT base, now, stale_streams, known_commands FROM log.append({})".format(  # noqa: S608 - numbers of parameters
        ", ".join(f"${number}" for number in range(1, _ARGUMENTS + 1))
    ),
    # All arrays are packed; the version of the access fold, which comes after those of what was read, is a text.
    [Format.TEXT if index == len(_READ) else Format.BINARY for index in range(_ARGUMENTS)],
)
_TOPICS: Final = {topic: text(topic) for topic in EVENT_NAMES.values()}


class Appended(NamedTuple):
    """Where an append begins, exclusively, and when it was recorded."""

    base: int
    recorded_at: datetime


class Stale(NamedTuple):
    """Nothing was appended: these streams have moved on, these commands have an outcome."""

    streams: Sequence[str]
    command_ids: Sequence[UUID]


class By(NamedTuple):
    """Who caused events, and by which message; packed once for all events of a command."""

    principal: bytes
    on_behalf_of: bytes
    command: bytes
    correlation: bytes
    causation: bytes
    app: bytes
    traceparent: bytes
    claim: bytes


def by(
    principal: str,
    *,
    on_behalf_of: UUID | None = None,
    command_id: UUID | None = None,
    correlation_id: str | None = None,
    causation_id: str | None = None,
    app_id: UUID | None = None,
    traceparent: str | None = None,
    claimed_at: datetime | None = None,
) -> By:
    """Pack who caused events."""
    return By(
        text(principal),
        uuid(on_behalf_of),
        uuid(command_id),
        text(correlation_id),
        text(causation_id),
        uuid(app_id),
        text(traceparent),
        time(claimed_at),
    )


class Columns:
    """The arguments of one append, gathered as they come."""

    __slots__ = ("causes", "count", "events", "outcomes", "packed_streams", "read")

    def __init__(self, versions: Mapping[Any, int]) -> None:
        self.packed_streams = {stream: text(stream) for stream in versions}
        self.read = (list(self.packed_streams.values()), [int8(version) for version in versions.values()])
        self.events: tuple[list[bytes], ...] = tuple([] for _ in _EVENTS)
        self.causes: tuple[list[bytes], ...] = tuple([] for _ in _CAUSES)
        self.outcomes: tuple[list[bytes], ...] = tuple([] for _ in _OUTCOMES)
        self.count = 0
        """How many events there are so far."""

    def add_event(self, stream: str, version: int, topic: str, state: bytes) -> None:
        """Add an event; who caused it comes with `add_cause`."""
        streams, versions, topics, states, causes = self.events
        streams.append(self.packed_streams.get(stream) or text(stream))
        versions.append(int8(version))
        topics.append(_TOPICS.get(topic) or text(topic))
        states.append(blob(state))
        causes.append(int8(len(self.causes[0]) + 1))
        self.count += 1

    def add_cause(self, cause: By) -> None:
        """Say who caused the events that were added since the cause before."""
        for column, packed in zip(self.causes, cause, strict=True):
            column.append(packed)

    def add_outcome(self, kind: str, code: str | None, sentence: str | None, digest: bytes) -> None:
        """Add the outcome of the command whose cause was added last; where one has an outcome, all have."""
        values = (text(kind), text(code), text(sentence), int8(self.count), blob(digest))
        for column, packed in zip(self.outcomes, values, strict=True):
            column.append(packed)

    def arguments(self, access: Sequence[Array]) -> list[object]:
        """All arguments of log.append, with the access rows last."""
        return [
            *(array(column) for array, column in zip(_READ, self.read, strict=True)),
            ACCESS_VERSION,
            *(array(column) for array, column in zip(_EVENTS, self.events, strict=True)),
            *(array(column) for array, column in zip(_CAUSES, self.causes, strict=True)),
            *(array(column) for array, column in zip(_OUTCOMES, self.outcomes, strict=True)),
            *access,
        ]


class Call:
    """An append that was sent in one message; the server works on it until `answer` is asked for."""

    def __init__(self, connection: psycopg.Connection[Any], arguments: Sequence[object]) -> None:
        self._connection = connection
        _APPEND.send(connection, [each.packed if isinstance(each, Array) else str(each).encode() for each in arguments])

    def answer(self) -> Appended | Stale:
        """Wait for the end: all of it is in the log, or nothing. Raises what psycopg raises of the statement."""
        ((base, recorded_at, stale, known),) = _APPEND.rows(self._connection)
        return Appended(base, recorded_at) if base is not None else Stale(stale or (), known or ())


def call(connection: psycopg.Connection[Any], arguments: Sequence[object]) -> Appended | Stale:
    """Append in one round trip: all of it, or nothing."""
    return Call(connection, arguments).answer()
