"""Access: the status of each product that an app asked for."""

from __future__ import annotations

from uuid import UUID

from domain.app import SubscriptionApproved, SubscriptionRejected, SubscriptionRemoved, SubscriptionRequested, SubscriptionReturned
from domain.recorded import Recorded
from projections.projection import Projection
from readmodels.access import SubscriptionAccess

SubscriptionEvent = SubscriptionRequested | SubscriptionApproved | SubscriptionRejected | SubscriptionReturned | SubscriptionRemoved

STATUS_AFTER: dict[type[SubscriptionEvent], str] = {
    SubscriptionRequested: "pending",
    SubscriptionApproved: "approved",
    SubscriptionRejected: "rejected",
    SubscriptionReturned: "pending",
    SubscriptionRemoved: "removed",
}


def keys(recorded: Recorded[SubscriptionEvent]) -> list[tuple[UUID, UUID]]:
    return [(recorded.id, recorded.event.product_id)]


def fold(row: SubscriptionAccess | None, recorded: Recorded[SubscriptionEvent]) -> SubscriptionAccess | None:
    status = STATUS_AFTER.get(type(recorded.event))
    return row if status is None else SubscriptionAccess(recorded.id, recorded.event.product_id, status)


access_subscription = Projection(
    name="access.subscription",
    row=SubscriptionAccess,
    events=frozenset(STATUS_AFTER),
    keys=keys,
    fold=fold,
)
