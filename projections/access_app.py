"""Access: the status of each app, and what a gateway is told of it."""

from __future__ import annotations

from uuid import UUID

from domain.app import (
    AppApproved,
    AppAttributesRemoved,
    AppAttributesSet,
    AppCreated,
    AppDeleted,
    AppEdited,
    AppEvent,
    AppReinstated,
    AppRejected,
    AppResubmitted,
    AppSuspended,
    AppTransferred,
)
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.access import AppAccess


def keys(recorded: Recorded[AppEvent]) -> list[UUID]:
    return [recorded.id]


def fold(row: AppAccess | None, recorded: Recorded[AppEvent]) -> AppAccess | None:
    match row, recorded.event:
        case None, AppCreated(owner=owner, name=name, attributes=attributes):
            return AppAccess(recorded.id, "pending", owner.kind.value, owner.id, name, attributes)
        case AppAccess(), AppApproved() | AppReinstated():
            return row._replace(status="active")
        case AppAccess(), AppEdited(name=name):
            return row if name == row.name else row._replace(name=name)
        case AppAccess(), AppAttributesSet(attributes=attributes):
            return row._replace(attributes={**row.attributes, **attributes})
        case AppAccess(), AppAttributesRemoved(names=names):
            return row._replace(attributes={name: value for name, value in row.attributes.items() if name not in names})
        case AppAccess(), AppResubmitted():
            return row._replace(status="pending")
        case AppAccess(), AppRejected():
            return row._replace(status="rejected")
        case AppAccess(), AppSuspended():
            return row._replace(status="suspended")
        case AppAccess(), AppTransferred(owner=owner):
            return row._replace(owner_kind=owner.kind.value, owner_id=owner.id)
        case AppAccess(), AppDeleted():
            return row._replace(status="deleted")
        case None, _:
            return None  # Without a row nothing opens, and an append that has missed the creation is refused for its version.
        case _:
            raise OutOfPlace(row, recorded)


access_app = Projection(
    name="access.app",
    row=AppAccess,
    events=frozenset(
        {
            AppCreated,
            AppEdited,
            AppAttributesSet,
            AppAttributesRemoved,
            AppApproved,
            AppRejected,
            AppResubmitted,
            AppSuspended,
            AppReinstated,
            AppDeleted,
            AppTransferred,
        }
    ),
    keys=keys,
    fold=fold,
)
