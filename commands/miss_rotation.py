"""Record that a demanded rotation was not made in time. Where the demand said so, the credential opened nothing since then already."""

from uuid import UUID

from commands.closing import close_credential
from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.credential import Credential
from domain.state import Stream


class MissRotation(AppCommand):
    credential_id: UUID


def reads(command: MissRotation) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def miss_rotation(command: MissRotation, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    close_credential(work, app, credential, credential.state.miss_rotation(work.now))
