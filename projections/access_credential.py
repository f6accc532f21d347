"""Access: the status and the times of each credential."""

from __future__ import annotations

from uuid import UUID

from domain.credential import (
    OVERLAP_ENDED,
    AtDeadline,
    CredentialActivated,
    CredentialClaimed,
    CredentialEvent,
    CredentialExpired,
    CredentialIssued,
    CredentialRevoked,
    CredentialRotated,
    RotationDemanded,
    RotationMissed,
)
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.access import CredentialAccess


def keys(recorded: Recorded[CredentialEvent]) -> list[UUID]:
    return [recorded.id]


def fold(row: CredentialAccess | None, recorded: Recorded[CredentialEvent]) -> CredentialAccess:
    match row, recorded.event:
        case None, CredentialIssued(kind=kind, secret_digest=digest, client_id=client_id, expires_at=expires_at):
            if recorded.app_id is None:
                raise ValueError("a credential's event names no app")
            return CredentialAccess(recorded.id, recorded.app_id, kind.value, digest, client_id, "pending", expires_at)
        case CredentialAccess(), CredentialActivated():
            return row._replace(status="active")
        case CredentialAccess(), CredentialRotated(retires_at=retires_at):
            return row._replace(status="retiring", retires_at=retires_at, cut_off_at=None)
        case CredentialAccess(), CredentialRevoked(reason=reason):
            # A gateway hears the same before and after the overlap's end was recorded.
            return row._replace(status="overlap_ended" if reason == OVERLAP_ENDED else "revoked")
        case CredentialAccess(), CredentialExpired():
            return row._replace(status="expired")
        case CredentialAccess(), CredentialClaimed(secret_digest=digest):
            return row._replace(digest=digest)
        case CredentialAccess(), RotationDemanded(deadline=deadline, then=then):
            return row._replace(cut_off_at=deadline if then is AtDeadline.REVOKE else None)
        case CredentialAccess(), RotationMissed():
            return row  # Where it is to be cut off, its revocation comes with this.
        case _:
            raise OutOfPlace(row, recorded)  # A revocation that is passed over would leave a door open.


access_credential = Projection(
    name="access.credential",
    row=CredentialAccess,
    events=frozenset(
        {
            CredentialIssued,
            CredentialActivated,
            CredentialRotated,
            CredentialRevoked,
            CredentialExpired,
            CredentialClaimed,
            RotationDemanded,
            RotationMissed,
        }
    ),
    keys=keys,
    fold=fold,
)
