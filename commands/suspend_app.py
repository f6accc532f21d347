"""Suspend an active app: its credentials open nothing while it lasts."""

from commands.command import AppCommand
from commands.fields import Reason
from commands.work import Work
from domain.app import App
from domain.state import Stream


class SuspendApp(AppCommand):
    reason: Reason


def reads(command: SuspendApp) -> list[Stream]:
    return [App.at(command.app_id)]


def suspend_app(command: SuspendApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.suspend(command.reason))
