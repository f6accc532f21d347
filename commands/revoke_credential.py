"""Revoke a credential, for good: it opens nothing from the acknowledgement on."""

from uuid import UUID

from commands.closing import close_credential
from commands.command import AppCommand
from commands.fields import Reason
from commands.work import Work
from domain.app import App
from domain.credential import Credential
from domain.state import Stream


class RevokeCredential(AppCommand):
    credential_id: UUID
    reason: Reason


def reads(command: RevokeCredential) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def revoke_credential(command: RevokeCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    close_credential(work, app, credential, credential.state.revoke(command.reason))
