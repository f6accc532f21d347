"""Credentials on the dashboard: their life, and never a digest."""

from typing import get_args

from domain.credential import (
    CredentialActivated,
    CredentialClaimed,
    CredentialEvent,
    CredentialExpired,
    CredentialIssued,
    CredentialRevoked,
    CredentialRotated,
    CredentialStatus,
    RotationDemanded,
    RotationMissed,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_credential import CredentialRow

_, PENDING, ACTIVE, RETIRING, REVOKED, EXPIRED = CredentialStatus


def keys(recorded: Recorded[CredentialEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: CredentialRow | None, recorded: Recorded[CredentialEvent]) -> CredentialRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, CredentialIssued() as issued:
            return CredentialRow(
                credential_id=recorded.id_text,
                app_id=recorded.app_id,
                kind=issued.kind,
                state=PENDING,
                client_id=issued.client_id,
                issued_at=issued.issued_at,
                expires_at=issued.expires_at,
                replaces=issued.replaces,
                claimed_at=issued.issued_at if issued.secret_digest is not None else None,
                shown_to=recorded.person if issued.secret_digest is not None else None,
            )
        case CredentialRow(), CredentialActivated():
            return row._replace(state=ACTIVE, activated_at=at)
        case CredentialRow(), CredentialRotated(successor_id=successor_id, retires_at=retires_at):
            met = row._replace(rotation_due_at=None, rotation_then=None, rotation_reason=None, rotation_missed_at=None)
            return met._replace(state=RETIRING, retires_at=retires_at, successor_id=successor_id)
        case CredentialRow(), CredentialRevoked(reason=reason):
            return row._replace(state=REVOKED, ended_at=at, ended_reason=reason)
        case CredentialRow(), CredentialExpired():
            return row._replace(state=EXPIRED, ended_at=at)
        case CredentialRow(), CredentialClaimed():
            return row._replace(claimed_at=at, shown_to=recorded.person)
        case CredentialRow(), RotationDemanded(deadline=deadline, then=then, reason=reason):
            return row._replace(rotation_due_at=deadline, rotation_then=then, rotation_reason=reason, rotation_missed_at=None)
        case CredentialRow(), RotationMissed():
            return row._replace(rotation_missed_at=at)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(get_args(CredentialEvent))

credential = Projection(name="credential", row=CredentialRow, events=EVENTS, keys=keys, fold=fold)
