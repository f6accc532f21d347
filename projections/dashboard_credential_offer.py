"""Offers of credentials on the dashboard."""

from typing import get_args

from domain.credential_offer import (
    CredentialOffered,
    CredentialOfferEvent,
    CredentialOfferTaken,
    CredentialOfferWithdrawn,
    OfferStatus,
)
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_team import CredentialOfferRow


def keys(recorded: Recorded[CredentialOfferEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: CredentialOfferRow | None, recorded: Recorded[CredentialOfferEvent]) -> CredentialOfferRow:
    at = recorded.recorded_at
    match row, recorded.event:
        case None, CredentialOffered(app_id=app_id, team_id=team_id, offered=offered):
            return CredentialOfferRow(
                offer_id=recorded.id_text,
                app_id=app_id,
                team_id=team_id,
                member=offered.member,
                kind=offered.kind,
                rotates=offered.rotates,
                expires_at=offered.expires_at,
                until=offered.until,
                state=OfferStatus.OPEN,
                offered_at=at,
                offered_by=recorded.person,
            )
        case CredentialOfferRow(), CredentialOfferTaken(credential_id=credential_id):
            return row._replace(state=OfferStatus.TAKEN, credential_id=credential_id, ended_at=at)
        case CredentialOfferRow(), CredentialOfferWithdrawn():
            return row._replace(state=OfferStatus.WITHDRAWN, ended_at=at)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset(get_args(CredentialOfferEvent))

credential_offer = Projection(name="credential_offer", row=CredentialOfferRow, events=EVENTS, keys=keys, fold=fold)
