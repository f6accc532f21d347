"""Apps on the dashboard: an app's details and status."""

from domain.app import (
    ACTIVE,
    PENDING,
    REJECTED,
    SUSPENDED,
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
    AppStatus,
    AppSuspended,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_app import AppRow

DELETED = AppStatus.DELETED


def keys(recorded: Recorded[AppEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: AppRow | None, recorded: Recorded[AppEvent]) -> AppRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, AppCreated() as created:
            return AppRow(
                app_id=recorded.id_text,
                owner_kind=created.owner.kind,
                owner_id=created.owner.id,
                name=created.name,
                description=created.description,
                callback_urls=created.callback_urls,
                attributes=created.attributes,
                status=PENDING,
                status_reason=None,
                created_at=at,
                changed_at=at,
            )
        case AppRow(), AppApproved() | AppReinstated():
            return row._replace(status=ACTIVE, status_reason=None, changed_at=at)
        case AppRow(), AppEdited(name=name, description=description, callback_urls=urls):
            return row._replace(name=name, description=description, callback_urls=urls, changed_at=at)
        case AppRow(), AppAttributesSet(attributes=attributes):
            return row._replace(attributes={**row.attributes, **attributes}, changed_at=at)
        case AppRow(), AppAttributesRemoved(names=names):
            return row._replace(attributes={name: value for name, value in row.attributes.items() if name not in names}, changed_at=at)
        case AppRow(), AppRejected():
            return row._replace(status=REJECTED, changed_at=at)
        case AppRow(), AppResubmitted():
            return row._replace(status=PENDING, changed_at=at)
        case AppRow(), AppSuspended(reason=reason):
            return row._replace(status=SUSPENDED, status_reason=reason, changed_at=at)
        case AppRow(), AppDeleted(reason=reason):
            return row._replace(status=DELETED, status_reason=reason, changed_at=at)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(
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
    }
)

app = Projection(name="app", row=AppRow, events=EVENTS, keys=keys, fold=fold)
