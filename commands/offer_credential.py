"""Let one named member of the team that owns an app make a credential, or rotate one: he takes it, and nobody else sees the secret."""

from typing import Self
from uuid import UUID

from pydantic import model_validator

from commands.command import AppCommand
from commands.fields import Expiry, Overlap
from commands.owning import team_that_owns
from commands.work import Work
from domain.app import App, AppStatus
from domain.credential import Credential, CredentialKind
from domain.credential_offer import CredentialOffer, Offered
from domain.limits import OVERLAP_DEFAULT
from domain.refused import Refused
from domain.state import Stream


class OfferCredential(AppCommand):
    """Names either the kind of a new credential, or with `rotates` the one that it shall take over from."""

    offer_id: UUID
    member: UUID
    until: Expiry
    kind: CredentialKind | None = None
    rotates: UUID | None = None
    expires_at: Expiry | None = None
    overlap: Overlap = OVERLAP_DEFAULT

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.kind is None) is (self.rotates is None):
            raise ValueError("name a kind, for a new credential, or with rotates the one to be rotated")
        if self.kind is CredentialKind.JWT and self.expires_at is None:
            raise ValueError("a jwt needs expires_at: whoever checks it offline has nothing else to end it by")
        return self


def reads(command: OfferCredential) -> list[Stream]:
    rotated = [] if command.rotates is None else [Credential.at(command.rotates)]
    return [App.at(command.app_id), CredentialOffer.at(command.offer_id), *rotated]


def offer_credential(command: OfferCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    offer = work.load(CredentialOffer, command.offer_id)
    owner = app.state.owned_by
    team = team_that_owns(work, owner)
    if team is None:
        raise Refused("no_team", "this app is a developer's own; credentials are offered to members of the team that owns an app")
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE)
    if command.rotates is not None:
        app.state.must_know_credential(command.rotates)
        if work.load(Credential, command.rotates).state.kind is CredentialKind.JWT and command.expires_at is None:
            raise Refused("expires_at_missing", "a jwt is offered with expires_at: it is signed with its end when it is taken")
    offered = Offered(
        member=command.member,
        kind=command.kind,
        rotates=command.rotates,
        expires_at=command.expires_at,
        overlap=command.overlap,
        until=command.until,
    )
    work.record(offer, offer.state.offer(command.app_id, owner.id, team, offered, work.now))
