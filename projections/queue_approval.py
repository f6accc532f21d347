"""Approvals in the queue: since when each is open, who looks after it, and how it ended."""

from domain.approval import (
    ApprovalAssigned,
    ApprovalDecided,
    ApprovalEvent,
    ApprovalGranted,
    ApprovalOpened,
    ApprovalRejected,
    ApprovalStatus,
    ApprovalWithdrawn,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.queue_rows import ApprovalRow

_, OPEN, GRANTED, REJECTED, WITHDRAWN = ApprovalStatus


def keys(recorded: Recorded[ApprovalEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: ApprovalRow | None, recorded: Recorded[ApprovalEvent]) -> ApprovalRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, ApprovalOpened() if recorded.app_id is not None:
            return ApprovalRow(recorded.id_text, recorded.app_id, OPEN, opened_at=at)
        case ApprovalRow(), ApprovalAssigned(assignee=assignee):
            return row._replace(assignee=assignee)
        case ApprovalRow(), ApprovalDecided(decided_by=by, decided_at=decided_at, comment=comment):
            return row._replace(decided_by=by, decided_at=decided_at, decision_comment=comment)
        case ApprovalRow(), ApprovalGranted():
            return row._replace(status=GRANTED, closed_at=at)
        case ApprovalRow(), ApprovalRejected():
            return row._replace(status=REJECTED, closed_at=at)
        case ApprovalRow(), ApprovalWithdrawn():
            return row._replace(status=WITHDRAWN, closed_at=at)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(
    {ApprovalOpened, ApprovalAssigned, ApprovalDecided, ApprovalGranted, ApprovalRejected, ApprovalWithdrawn}
)

approval = Projection(name="approval", row=ApprovalRow, events=EVENTS, keys=keys, fold=fold)
