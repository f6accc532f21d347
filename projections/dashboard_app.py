"""Apps on the dashboard: an app's details and status."""

from typing import get_args

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
    AppTransferDeclined,
    AppTransferOffered,
    AppTransferred,
    AppTransferWithdrawn,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_app import AppRow

DELETED = AppStatus.DELETED


def keys(recorded: Recorded[AppEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: AppRow | None, recorded: Recorded[AppEvent]) -> AppRow:
    at, version = recorded.recorded_at, recorded.version
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
                version=version,
            )
        case AppRow(), AppApproved() | AppReinstated():
            return row._replace(status=ACTIVE, status_reason=None, changed_at=at, version=version)
        case AppRow(), AppEdited(name=name, description=description, callback_urls=urls):
            return row._replace(name=name, description=description, callback_urls=urls, changed_at=at, version=version)
        case AppRow(), AppAttributesSet(attributes=attributes):
            return row._replace(attributes={**row.attributes, **attributes}, changed_at=at, version=version)
        case AppRow(), AppAttributesRemoved(names=names):
            left = {name: value for name, value in row.attributes.items() if name not in names}
            return row._replace(attributes=left, changed_at=at, version=version)
        case AppRow(), AppRejected():
            return row._replace(status=REJECTED, changed_at=at, version=version)
        case AppRow(), AppResubmitted():
            return row._replace(status=PENDING, changed_at=at, version=version)
        case AppRow(), AppSuspended(reason=reason):
            return row._replace(status=SUSPENDED, status_reason=reason, changed_at=at, version=version)
        case AppRow(), AppDeleted(reason=reason):
            return row._replace(status=DELETED, status_reason=reason, changed_at=at, version=version)
        case AppRow(), AppTransferOffered(to=to):
            return row._replace(offered_to_kind=to.kind, offered_to_id=to.id, version=version)
        case AppRow(), AppTransferWithdrawn() | AppTransferDeclined():
            return row._replace(offered_to_kind=None, offered_to_id=None, version=version)
        case AppRow(), AppTransferred(owner=owner):
            gone = row._replace(owner_kind=owner.kind, owner_id=owner.id, offered_to_kind=None, offered_to_id=None)
            return gone._replace(changed_at=at, version=version)
        case AppRow(), event if not isinstance(event, AppCreated):  # Products and credentials have rows of their own.
            return row._replace(version=version)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(get_args(AppEvent))

app = Projection(name="app", row=AppRow, events=EVENTS, keys=keys, fold=fold)
