"""What a projection makes of a history: one event after another, with nothing but its own two functions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from commands.ports import NewEvent
from domain.app import App, AppCredentialAdded, SubscriptionRequested, SubscriptionReturned
from domain.approval import Approval
from domain.credential import Credential
from domain.recorded import Recorded
from domain.state import UUID_CHARACTERS
from projections.projection import Projection
from tests.given import Given
from tests.memory_log import NOW

SECOND = timedelta(seconds=1)


def recorded(appended: Sequence[NewEvent]) -> list[Recorded[Any]]:
    """Place events as the log does: the first at position 1 and a second after NOW, each a second after the one before."""
    holders = {each.event.credential_id: App.id_in(each.stream) for each in appended if isinstance(each.event, AppCredentialAdded)}
    holders |= {
        each.event.approval_id: App.id_in(each.stream)
        for each in appended
        if isinstance(each.event, SubscriptionRequested | SubscriptionReturned) and each.event.approval_id is not None
    }
    return [
        Recorded(place, each.stream, each.version, NOW + place * SECOND, _app_of(each, holders), each.event)
        for place, each in enumerate(appended, start=1)
    ]


def _app_of(new: NewEvent, holders: Mapping[UUID, UUID]) -> UUID | None:
    kind, id_ = new.stream[: -UUID_CHARACTERS - 1], UUID(new.stream[-UUID_CHARACTERS:])
    if kind == App.KIND:
        return id_
    return holders[id_] if kind in {Credential.KIND, Approval.KIND} else None


def rows(projection: Projection, events: Iterable[Recorded[Any]]) -> dict[Hashable, Any]:
    """Fold events in the plainest way there is."""
    folded: dict[Hashable, Any] = {}
    for each in events:
        if type(each.event) in projection.events:
            for key in projection.keys(each):
                folded[key] = projection.fold(folded.get(key), each)
    return folded


def only_row(projection: Projection, there: Given) -> Any:  # noqa: ANN401 - the projection's row
    """The one row that an example's history makes."""
    (row,) = rows(projection, recorded(there.log.appended)).values()
    return row


def row_of(projection: Projection, there: Given, *key: UUID) -> Any:  # noqa: ANN401 - the projection's row
    """The row with this key."""
    texts = tuple(str(part) for part in key)
    return rows(projection, recorded(there.log.appended))[texts[0] if len(texts) == 1 else texts]


def time_of(there: Given, event: type[Any], nth: int = 0) -> datetime:
    """When the first (or nth, or last: -1) event of this type was recorded."""
    return [each.recorded_at for each in recorded(there.log.appended) if isinstance(each.event, event)][nth]
