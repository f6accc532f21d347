"""Rows of bulk runs; 0015_bulk.sql describes the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class RunRow(NamedTuple):
    """One run."""

    bulk_id: str
    requested_by: str
    action: str
    reason: str | None
    deadline: datetime | None
    then_what: str | None
    undoes: UUID | None
    criteria: Mapping[str, Any]
    status: str
    position: int
    requested_at: datetime
    attempt: UUID | None = None
    parts: int = 0
    as_of: int | None = None
    prepared_at: datetime | None = None
    targets: int = 0
    would_do: int = 0
    would_be_so: int = 0
    would_be_refused: Mapping[str, int] = {}
    started_at: datetime | None = None
    started_by: UUID | None = None
    start_event_id: UUID | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    finished_at: datetime | None = None
    done: int = 0
    already_so: int = 0
    refused: Mapping[str, int] = {}
    not_sent: int = 0


class PartRow(NamedTuple):
    """A part of a list."""

    part_id: str
    bulk_id: UUID
    attempt: UUID
    number: int
    targets: Sequence[Mapping[str, Any]]


class ReportRow(NamedTuple):
    """What became of a batch of targets."""

    part_id: str
    first: int
    outcomes: Sequence[Mapping[str, Any]]
    reported_at: datetime
