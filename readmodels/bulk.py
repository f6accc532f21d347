"""Bulk runs as people see them: how far each has come, what was foreseen of its targets and what became of them; and which want work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question


class ShownRun(BaseModel):
    """A row of bulk.run, where the columns are described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bulk_id: UUID
    requested_by: str
    action: str
    reason: str | None
    deadline: AwareDatetime | None
    then: str | None
    undoes: UUID | None
    criteria: dict[str, Any]
    status: str
    requested_at: AwareDatetime
    prepared_at: AwareDatetime | None
    as_of: int | None
    targets: int
    would_do: int
    would_be_so: int
    would_be_refused: dict[str, int]
    started_at: AwareDatetime | None
    started_by: UUID | None
    start_event_id: UUID | None
    stopped_at: AwareDatetime | None
    stop_reason: str | None
    finished_at: AwareDatetime | None
    done: int
    already_so: int
    refused: dict[str, int]
    not_sent: int


class Item(NamedTuple):
    """A target, as the view bulk.items has it."""

    number: int
    place: int
    app_id: UUID | None
    id: UUID
    foreseen: str
    foreseen_code: str | None
    result: str | None
    code: str | None
    reported_at: datetime | None


class RunToDo(NamedTuple):
    """A run that wants work."""

    bulk_id: UUID
    status: str
    position: int


class AfterRun(NamedTuple):
    """Where a page of runs ended: the next one begins with older ones."""

    requested_at: datetime
    bulk_id: UUID


class AfterItem(NamedTuple):
    """Where a page of items ended."""

    number: int
    place: int


THE_NEWEST_RUN: Final = AfterRun(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
THE_FIRST_ITEM: Final = AfterItem(0, -1)


def runs_to_do() -> Question[RunToDo]:
    """Runs whose list is to be made, or that are under way: the oldest first."""
    return Question(_TO_DO, RunToDo)


def one_run(bulk_id: UUID) -> Question[ShownRun]:
    """Look at one run."""
    return Question(_ONE, ShownRun, {"bulk_id": bulk_id})


def page_of_runs(*, after: AfterRun = THE_NEWEST_RUN, limit: int) -> Question[ShownRun]:
    """List runs, the newest first."""
    return Question(_PAGE, ShownRun, {"requested_at": after.requested_at, "bulk_id": after.bulk_id, "limit": limit})


def page_of_items(
    bulk_id: UUID, *, result: str | None = None, foreseen: str | None = None, after: AfterItem = THE_FIRST_ITEM, limit: int
) -> Question[Item]:
    """List a run's targets in the order of its list; those of one result, or of which one thing was foreseen. `waiting`: no result yet."""
    parameters = {
        "bulk_id": bulk_id,
        "result": result,
        "foreseen": foreseen,
        "number": after.number,
        "place": after.place,
        "limit": limit,
    }
    return Question(_ITEMS, Item, parameters)


_TO_DO: Final = """
SELECT bulk_id, status, position FROM bulk.run WHERE status IN ('preparing', 'running', 'stopping') ORDER BY requested_at, bulk_id
"""
_COLUMNS: Final = """
SELECT bulk_id, requested_by, action, reason, deadline, then_what AS then, undoes, criteria, status, requested_at, prepared_at, as_of,
    targets, would_do, would_be_so, would_be_refused, started_at, started_by, start_event_id, stopped_at, stop_reason, finished_at,
    done, already_so, refused, not_sent
FROM bulk.run
"""
_ONE: Final = _COLUMNS + "WHERE bulk_id = %(bulk_id)s"
_PAGE: Final = (
    _COLUMNS
    + """
WHERE (requested_at, bulk_id) < (%(requested_at)s, %(bulk_id)s)
ORDER BY requested_at DESC, bulk_id DESC
LIMIT %(limit)s
"""
)
_ITEMS: Final = """
SELECT number, place, app_id, id, foreseen, foreseen_code, result, code, reported_at
FROM bulk.items
WHERE bulk_id = %(bulk_id)s AND number >= %(number)s AND (number, place) > (%(number)s, %(place)s)
    AND (%(foreseen)s::text IS NULL OR foreseen = %(foreseen)s::text)
    AND (%(result)s::text IS NULL OR coalesce(result, 'waiting') = %(result)s::text)
ORDER BY number, place
LIMIT %(limit)s
"""
