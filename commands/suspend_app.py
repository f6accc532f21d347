"""Suspend an active app: its credentials open nothing while it lasts. The system may where its owner was deactivated."""

from commands.command import AppCommand
from commands.fields import Reason
from commands.work import Work
from domain.app import App
from domain.developer import Developer, DeveloperStatus
from domain.owner import Owner, OwnerKind
from domain.refused import Refused
from domain.state import Stream

OWNER_DEACTIVATED = "owner_deactivated"
"""The reason of a suspension that the owner's deactivation brings."""


class SuspendApp(AppCommand):
    reason: Reason


def reads(command: SuspendApp) -> list[Stream]:
    return [App.at(command.app_id)]


def suspend_app(command: SuspendApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    if work.is_system and not _owner_was_deactivated(app.state.owned_by, work):
        raise Refused("not_due", "the owner of this app was not deactivated; for any other reason an admin suspends it")
    work.record(app, app.state.suspend(command.reason))


def _owner_was_deactivated(owner: Owner, work: Work) -> bool:
    # The owner's stream is read for every command on an app: who may is asked with it.
    return owner.kind is OwnerKind.DEVELOPER and work.load(Developer, owner.id).state.status is DeveloperStatus.DEACTIVATED
