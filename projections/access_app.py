"""Access: the status of each app."""

from __future__ import annotations

from uuid import UUID

from domain.app import AppApproved, AppCreated, AppDeleted, AppEvent, AppReinstated, AppRejected, AppResubmitted, AppSuspended
from domain.recorded import Recorded
from projections.projection import Projection
from readmodels.access import AppAccess


def keys(recorded: Recorded[AppEvent]) -> list[UUID]:
    return [recorded.id]


def fold(row: AppAccess | None, recorded: Recorded[AppEvent]) -> AppAccess | None:
    match recorded.event:
        case AppCreated() | AppResubmitted():
            return AppAccess(recorded.id, "pending")
        case AppApproved() | AppReinstated():
            return AppAccess(recorded.id, "active")
        case AppRejected():
            return AppAccess(recorded.id, "rejected")
        case AppSuspended():
            return AppAccess(recorded.id, "suspended")
        case AppDeleted():
            return AppAccess(recorded.id, "deleted")
        case _:
            return row


access_app = Projection(
    name="access.app",
    row=AppAccess,
    events=frozenset({AppCreated, AppApproved, AppRejected, AppResubmitted, AppSuspended, AppReinstated, AppDeleted}),
    keys=keys,
    fold=fold,
)
