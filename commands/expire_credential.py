"""Record that a credential's expiry has passed. It opened nothing since then already: the access check asks the clock."""

from uuid import UUID

from commands.closing import close_credential
from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.credential import Credential
from domain.state import Stream


class ExpireCredential(AppCommand):
    credential_id: UUID


def reads(command: ExpireCredential) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def expire_credential(command: ExpireCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    close_credential(work, app, credential, credential.state.expire(work.now))
