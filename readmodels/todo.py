"""What falls due by itself, of credentials and of apps whose developer was deactivated, and which of it is due now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from readmodels.question import Question

EXPIRE: Final = "expire"
END_OVERLAP: Final = "end_overlap"
MISS_ROTATION: Final = "miss_rotation"
SUSPEND: Final = "suspend"


class CredentialDueRow(NamedTuple):
    """One thing that time will do to a credential; 0010_todo.sql describes the columns."""

    credential_id: str
    reaction: str
    app_id: UUID
    due_at: datetime
    event_id: UUID


class OwnedAppRow(NamedTuple):
    """One app that was not deleted; 0013_teams.sql describes the columns."""

    app_id: str
    owner_kind: str
    owner_id: UUID
    active: bool


class DeactivatedRow(NamedTuple):
    """One developer who was deactivated; 0013_teams.sql describes the columns."""

    developer_id: str
    deactivated_at: datetime
    event_id: UUID


class Due(NamedTuple):
    """A row that is due."""

    target_id: UUID
    """The credential, or the app, that it is done to."""
    reaction: str
    app_id: UUID
    due_at: datetime
    event_id: UUID


class Waiting(NamedTuple):
    """How much is due and not recorded yet, and for how long."""

    due: int
    seconds: float
    """For how long the oldest has been due; 0 where nothing is."""


class NextDue(NamedTuple):
    """How long nothing will fall due: negative where something is due already, none where nothing ever will."""

    seconds: float | None


BEFORE_ALL: Final = Due(UUID(int=0), "~", UUID(int=0), datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
"""Where the first page begins."""


def due_now(after: Due = BEFORE_ALL, *, limit: int) -> Question[Due]:
    """What is due by the database's clock, from a row on (not included): the longest due first.

    What falls due at the same moment comes as a gateway words it: a missed deadline before an expiry, and that before an overlap's end.
    """
    return Question(_DUE_NOW, Due, {**after._asdict(), "limit": limit})


def next_due() -> Question[NextDue]:
    """How long to wait, by the database's clock."""
    return Question(_NEXT_DUE, NextDue)


def waiting() -> Question[Waiting]:
    """How much should have been done already."""
    return Question(_WAITING, Waiting)


# The clock stands in a query of its own, so that it is read once and the index can be walked.
_DUE_NOW: Final = """
SELECT target_id, reaction, app_id, due_at, event_id FROM todo.due
WHERE due_at <= (SELECT clock_timestamp()) AND due_at >= %(due_at)s
    AND (due_at > %(due_at)s OR reaction < %(reaction)s OR reaction = %(reaction)s AND target_id > %(target_id)s)
ORDER BY due_at, reaction DESC, target_id
LIMIT %(limit)s
"""
_NEXT_DUE: Final = """
SELECT extract(epoch FROM least(
    (SELECT min(due_at) FROM todo.credential_due),
    (SELECT min(due_at) FROM todo.due WHERE reaction = 'suspend')
) - clock_timestamp())::float8 AS seconds
"""
_WAITING: Final = """
SELECT count(*) AS due, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float8 AS seconds
FROM todo.due WHERE due_at <= (SELECT clock_timestamp())
"""
