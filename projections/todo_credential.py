"""To do: what time will do to a credential. One table, and a fold for each reaction: an event may begin one and end another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from domain.credential import (
    CredentialEvent,
    CredentialExpired,
    CredentialIssued,
    CredentialRevoked,
    CredentialRotated,
    RotationDemanded,
    RotationMissed,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.todo import END_OVERLAP, EXPIRE, MISS_ROTATION, CredentialDueRow

Row = CredentialDueRow | None
ENDS: Final = frozenset[type[Event]]({CredentialRevoked, CredentialExpired})
"""After these, time has nothing left to do to a credential."""


def fold_expire(row: Row, recorded: Recorded[CredentialEvent]) -> Row:
    match row, recorded.event:
        case None, CredentialIssued(expires_at=expires_at):
            return None if expires_at is None else _due(recorded, EXPIRE, expires_at)
        case _, CredentialRevoked() | CredentialExpired():
            return None
        case _:
            raise OutOfPlace(row, recorded)


def fold_end_overlap(row: Row, recorded: Recorded[CredentialEvent]) -> Row:
    match row, recorded.event:
        case None, CredentialRotated(retires_at=retires_at):
            return _due(recorded, END_OVERLAP, retires_at)
        case _, CredentialRevoked() | CredentialExpired():
            return None
        case _:
            raise OutOfPlace(row, recorded)


def fold_miss_rotation(row: Row, recorded: Recorded[CredentialEvent]) -> Row:
    match row, recorded.event:
        case _, RotationDemanded(deadline=deadline):
            return _due(recorded, MISS_ROTATION, deadline)  # A later demand takes the place of an open one.
        case _, CredentialRotated() | RotationMissed() | CredentialRevoked() | CredentialExpired():
            return None
        case _:
            raise OutOfPlace(row, recorded)


def _due(recorded: Recorded[CredentialEvent], reaction: str, at: datetime) -> CredentialDueRow:
    if recorded.app_id is None:
        raise ValueError("a credential's event names no app")
    return CredentialDueRow(recorded.id_text, reaction, recorded.app_id, at, recorded.event_id)


def _projection(reaction: str, fold: Callable[[Row, Recorded[Any]], Row], *begins: type[Event]) -> Projection:
    def keys(recorded: Recorded[CredentialEvent]) -> Sequence[tuple[str, str]]:
        return ((recorded.id_text, reaction),)

    return Projection(name="credential_due", row=CredentialDueRow, events=ENDS.union(begins), keys=keys, fold=fold)


expire = _projection(EXPIRE, fold_expire, CredentialIssued)
end_overlap = _projection(END_OVERLAP, fold_end_overlap, CredentialRotated)
miss_rotation = _projection(MISS_ROTATION, fold_miss_rotation, RotationDemanded, CredentialRotated, RotationMissed)
