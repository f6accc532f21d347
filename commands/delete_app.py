"""Delete an app, for good: its approval is withdrawn, its credentials are revoked, its name is free; its history stays."""

from commands.closing import close_credential, withdraw_open_approval
from commands.command import AppCommand
from commands.fields import Reason
from commands.found import Found
from commands.owning import remember_rejections
from commands.work import Work
from domain.app import App, AppStatus
from domain.app_name import AppName
from domain.approval import Approval
from domain.credential import Credential
from domain.derived_ids import app_name_id
from domain.state import Stream

APP_DELETED = "app_deleted"
"""The reason of the revocations that a deletion brings."""


class DeleteApp(AppCommand):
    reason: Reason | None = None


def reads(command: DeleteApp) -> list[Stream]:
    return [App.at(command.app_id)]


def reads_more(command: DeleteApp, found: Found) -> list[Stream]:
    app = found.state(App, command.app_id)
    if app.owner is None or app.status is AppStatus.DELETED:
        return []
    return [
        AppName.at(app_name_id(app.owner.kind, app.owner.id, app.details.name)),
        *([] if app.open_approval is None else [Approval.at(app.open_approval)]),
        *(Credential.at(credential_id) for credential_id in app.held_credentials()),
    ]


def delete_app(command: DeleteApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    deleted = app.state.delete(command.reason)
    if not deleted:
        return
    withdraw_open_approval(work, app)
    for credential_id in app.state.held_credentials():
        credential = work.load(Credential, credential_id)
        close_credential(work, app, credential, credential.state.revoke(APP_DELETED))
    owner = app.state.owned_by
    name = work.load(AppName, app_name_id(owner.kind, owner.id, app.state.details.name))
    work.record(name, name.state.free(command.app_id))
    remember_rejections(work, owner, app.state.rejections)
    work.record(app, deleted)
