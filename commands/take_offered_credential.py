"""Take a credential that is offered: the member whom the offer names makes it, or the successor of the one that shall be rotated."""

from datetime import datetime
from uuid import UUID

from commands.command import AppCommand
from commands.fields import SHA256Hex
from commands.found import Found
from commands.issue_credential import IssueCredential, issue_credential
from commands.owning import team_that_owns
from commands.rotate_credential import RotateCredential, rotate_credential
from commands.work import Work
from domain.app import App
from domain.credential import Credential, CredentialKind
from domain.credential_offer import CredentialOffer, Offered
from domain.refused import Refused
from domain.state import Stream


class TakeOfferedCredential(AppCommand):
    """`credential_id` is the new credential's, `rotates` that of the old one, as the offer names it."""

    offer_id: UUID
    credential_id: UUID
    secret_digest: SHA256Hex
    rotates: UUID | None = None


def reads(command: TakeOfferedCredential) -> list[Stream]:
    rotated = [] if command.rotates is None else [Credential.at(command.rotates)]
    return [App.at(command.app_id), CredentialOffer.at(command.offer_id), Credential.at(command.credential_id), *rotated]


def reads_more(command: TakeOfferedCredential, found: Found) -> list[Stream]:
    predecessor = None if command.rotates is None else found.state(Credential, command.rotates).replaces
    return [] if predecessor is None else [Credential.at(predecessor)]


def take_offered_credential(command: TakeOfferedCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    offer = work.load(CredentialOffer, command.offer_id)
    owner = app.state.owned_by
    offered = offer.state.must_be_for(command.app_id, work.envelope.person)
    taken = offer.state.take(owner.id, team_that_owns(work, owner), command.credential_id, work.now)
    if not taken:
        return
    if command.rotates != offered.rotates:
        raise Refused("offer_differs", "name in `rotates` the credential that the offer names, and nothing where it names none")
    work.record(offer, taken)
    if offered.kind is not None:
        issue_credential(_issue(command, offered.kind, offered.expires_at), work)
    elif offered.rotates is not None:
        rotate_credential(_rotate(command, offered.rotates, offered), work)


def _issue(command: TakeOfferedCredential, kind: CredentialKind, expires_at: datetime | None) -> IssueCredential:
    return IssueCredential(
        app_id=command.app_id,
        credential_id=command.credential_id,
        kind=kind,
        secret_digest=command.secret_digest,
        expires_at=expires_at,
    )


def _rotate(command: TakeOfferedCredential, rotates: UUID, offered: Offered) -> RotateCredential:
    return RotateCredential(
        app_id=command.app_id,
        credential_id=rotates,
        successor_id=command.credential_id,
        secret_digest=command.secret_digest,
        expires_at=offered.expires_at,
        overlap=offered.overlap,
    )
