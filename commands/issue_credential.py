"""Issue a credential to an app: pending with the app, active where it is active. We are handed the secret's digest, never the secret."""

from typing import Self
from uuid import UUID

from pydantic import model_validator

from commands.command import AppCommand
from commands.fields import Expiry, SHA256Hex
from commands.work import Work
from domain.app import App, AppStatus
from domain.credential import Credential, CredentialKind
from domain.refused import Refused
from domain.state import Stream


class IssueCredential(AppCommand):
    """`secret_digest` is the SHA-256 of the whole credential. A jwt that was not signed yet has none: it is claimed over HTTP later."""

    credential_id: UUID
    kind: CredentialKind
    secret_digest: SHA256Hex | None = None
    expires_at: Expiry | None = None

    @model_validator(mode="after")
    def _has_what_the_kind_needs(self) -> Self:
        if self.kind is CredentialKind.JWT:
            if self.expires_at is None:
                raise ValueError("a jwt needs expires_at: whoever checks it offline has nothing else to end it by")
        elif self.secret_digest is None:
            raise ValueError("api_key and oauth_client need secret_digest, the SHA-256 of the credential in hex")
        return self


def reads(command: IssueCredential) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def issue_credential(command: IssueCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE)
    client_id = f"client-{command.credential_id}" if command.kind is CredentialKind.OAUTH_CLIENT else None
    issued = credential.state.issue(
        command.kind, command.secret_digest, now=work.now, client_id=client_id, expires_at=command.expires_at, replaces=None
    )
    if not issued:
        if command.credential_id not in app.state.credentials:
            raise Refused("id_used", "this id belongs to an earlier credential; ids are never used again")
        return
    work.record(app, app.state.add_credential(command.credential_id))
    work.record(credential, issued)
    if app.state.status is AppStatus.ACTIVE:
        work.record(credential, credential.state.activate(work.now))
