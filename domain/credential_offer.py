"""An offer of a credential: a team's admin lets one named member make one. Whoever takes it is the only one who is shown the secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, assert_never
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.credential import CredentialKind
from domain.event import Event
from domain.limits import CREDENTIAL_OFFER_LIFETIME_MAX
from domain.refused import Refused
from domain.state import State
from domain.team import Team


class Offered(BaseModel):
    """What is offered: a new credential of a kind, or the successor of one that there is; to whom, and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: UUID
    kind: CredentialKind | None
    rotates: UUID | None
    expires_at: AwareDatetime | None
    overlap: timedelta
    until: AwareDatetime


class CredentialOffered(Event):
    """`joined` tells for which of his memberships: whoever leaves and comes back is offered anew, or not at all."""

    app_id: UUID
    team_id: UUID
    joined: int
    offered: Offered


class CredentialOfferTaken(Event):
    credential_id: UUID


class CredentialOfferWithdrawn(Event):
    pass


CredentialOfferEvent = CredentialOffered | CredentialOfferTaken | CredentialOfferWithdrawn


class OfferStatus(StrEnum):
    """Where an offer stands, as far as events have recorded it; time ends an open one, and so does the member's leaving."""

    ABSENT = "absent"
    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class CredentialOffer(State):
    """What past events make true of an offer."""

    KIND: ClassVar[str] = "credential_offer"

    status: OfferStatus = OfferStatus.ABSENT
    app_id: UUID | None = None
    team_id: UUID | None = None
    joined: int = 0
    offered: Offered | None = None
    credential_id: UUID | None = None

    def offer(self, app_id: UUID, team_id: UUID, team: Team, offered: Offered, now: datetime) -> list[CredentialOfferEvent]:
        if self.status is OfferStatus.OPEN and (self.app_id, self.team_id, self.offered) == (app_id, team_id, offered):
            return []
        if self.status is not OfferStatus.ABSENT:
            raise Refused("id_used", "this id belongs to an earlier offer; ids are never used again")
        if not team.is_member(offered.member):
            raise Refused("not_a_member", "a credential is offered to a member of the team that owns the app")
        if not now < offered.until <= now + CREDENTIAL_OFFER_LIFETIME_MAX:
            raise Refused("until_out_of_range", f"an offer ends in the future, within {CREDENTIAL_OFFER_LIFETIME_MAX.days} days")
        return [CredentialOffered(app_id=app_id, team_id=team_id, joined=team.joined[offered.member], offered=offered)]

    def take(self, team_id: UUID, team: Team | None, credential_id: UUID, now: datetime) -> list[CredentialOfferEvent]:
        """Let its member have it as long as it stands; the team is the one that owns the app now, if one does."""
        if self.status is OfferStatus.TAKEN:
            if self.credential_id == credential_id:
                return []
            raise Refused("offer_taken", "this offer was taken already; ask for another one")
        if self.status is OfferStatus.WITHDRAWN:
            raise Refused("offer_withdrawn", "this offer was withdrawn")
        if team is None or team_id != self.team_id or self.offered is None or team.joined.get(self.offered.member) != self.joined:
            raise Refused("offer_over", "this offer ended when its member left the team, or the app went to another owner")
        if self.offered.until <= now:
            raise Refused("offer_expired", "the time to take this offer has passed; ask for another one")
        return [CredentialOfferTaken(credential_id=credential_id)]

    def must_be_for(self, app_id: UUID, developer_id: UUID | None) -> Offered:
        """Refuse everybody but the member whom it names."""
        if self.offered is None or app_id != self.app_id:
            raise Refused("offer_unknown", "the app has no offer with this id")
        if developer_id != self.offered.member:
            raise Refused("not_allowed", "this credential was offered to another member of the team")
        return self.offered

    def withdraw(self, app_id: UUID) -> list[CredentialOfferEvent]:
        if app_id != self.app_id:
            raise Refused("offer_unknown", "the app has no offer with this id")
        match self.status:
            case OfferStatus.OPEN:
                return [CredentialOfferWithdrawn()]
            case OfferStatus.WITHDRAWN:
                return []
            case OfferStatus.TAKEN:
                raise Refused("offer_taken", "this offer was taken already; revoke the credential instead")
            case OfferStatus.ABSENT:
                raise Refused("offer_unknown", "the app has no offer with this id")
        assert_never(self.status)

    def evolve(self, event: CredentialOfferEvent) -> CredentialOffer:
        """History is never refused: no rule may be checked here."""
        match event:
            case CredentialOffered(app_id=app_id, team_id=team_id, joined=joined, offered=offered):
                return CredentialOffer(OfferStatus.OPEN, app_id, team_id, joined, offered)
            case CredentialOfferTaken(credential_id=credential_id):
                return self.but(status=OfferStatus.TAKEN, credential_id=credential_id)
            case CredentialOfferWithdrawn():
                return self.but(status=OfferStatus.WITHDRAWN)
        assert_never(event)
