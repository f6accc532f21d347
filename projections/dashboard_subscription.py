"""Subscriptions on the dashboard: which products an app asked for, and what became of each request."""

from domain.app import (
    SubscriptionApproved,
    SubscriptionRejected,
    SubscriptionRemoved,
    SubscriptionRequested,
    SubscriptionReturned,
    SubscriptionStatus,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_subscription import SubscriptionRow

SubscriptionEvent = SubscriptionRequested | SubscriptionApproved | SubscriptionRejected | SubscriptionReturned | SubscriptionRemoved

# Bound once: looking a member up in its enum costs as much as the rest of a fold.
PENDING, APPROVED, REJECTED, REMOVED = SubscriptionStatus


def keys(recorded: Recorded[SubscriptionEvent]) -> tuple[tuple[str, str]]:
    return ((recorded.id_text, str(recorded.event.product_id)),)


def fold(row: SubscriptionRow | None, recorded: Recorded[SubscriptionEvent]) -> SubscriptionRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case _, SubscriptionRequested(product_id=product_id, approval_id=approval_id):
            # Asked again after a rejection or a removal, it is a new request in the old one's place.
            return SubscriptionRow(recorded.id_text, str(product_id), PENDING, None, approval_id, at)
        case SubscriptionRow(), SubscriptionApproved():
            return row._replace(status=APPROVED, decided_at=at)
        case SubscriptionRow(), SubscriptionRejected(reason=reason):
            return row._replace(status=REJECTED, reason=reason, decided_at=at)
        case SubscriptionRow(), SubscriptionReturned(approval_id=approval_id):
            return row._replace(status=PENDING, reason=None, approval_id=approval_id, requested_at=at, decided_at=None)
        case SubscriptionRow(), SubscriptionRemoved():
            return row._replace(status=REMOVED, removed_at=at)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(
    {SubscriptionRequested, SubscriptionApproved, SubscriptionRejected, SubscriptionReturned, SubscriptionRemoved}
)

subscription = Projection(name="subscription", row=SubscriptionRow, events=EVENTS, keys=keys, fold=fold)
