"""Apps in the queue: whose an app is, how it stands, and what its owner is to be held to."""

from domain.app import (
    ACTIVE,
    PENDING,
    REJECTED,
    SUSPENDED,
    AppApproved,
    AppCreated,
    AppDeleted,
    AppEdited,
    AppEvent,
    AppReinstated,
    AppRejected,
    AppResubmitted,
    AppStatus,
    AppSuspended,
    AppTransferred,
    SubscriptionRejected,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.queue_rows import QueueAppRow

DELETED = AppStatus.DELETED


def keys(recorded: Recorded[AppEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: QueueAppRow | None, recorded: Recorded[AppEvent]) -> QueueAppRow:
    match row, recorded.event:
        case None, AppCreated(owner=owner, name=name):
            return QueueAppRow(recorded.id_text, owner.kind, owner.id, name, PENDING)
        case QueueAppRow(), AppTransferred(owner=owner):
            return row._replace(owner_kind=owner.kind, owner_id=owner.id)
        case QueueAppRow(), AppEdited(name=name):
            return row._replace(name=name)
        case QueueAppRow(), AppApproved() | AppReinstated():
            return row._replace(status=ACTIVE)
        case QueueAppRow(), AppRejected():
            return row._replace(status=REJECTED)
        case QueueAppRow(), AppResubmitted():
            return row._replace(status=PENDING)
        case QueueAppRow(), AppSuspended():
            return row._replace(status=SUSPENDED, suspensions=row.suspensions + 1)
        case QueueAppRow(), AppDeleted():
            return row._replace(status=DELETED)
        case QueueAppRow(), SubscriptionRejected():
            return row._replace(rejections=row.rejections + 1)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(
    {
        AppCreated,
        AppEdited,
        AppApproved,
        AppReinstated,
        AppRejected,
        AppResubmitted,
        AppSuspended,
        AppTransferred,
        AppDeleted,
        SubscriptionRejected,
    }
)

app = Projection(name="app", row=QueueAppRow, events=EVENTS, keys=keys, fold=fold)
