"""Reinstate a suspended app: its credentials open again what they opened before."""

from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.state import Stream


class ReinstateApp(AppCommand):
    pass


def reads(command: ReinstateApp) -> list[Stream]:
    return [App.at(command.app_id)]


def reinstate_app(command: ReinstateApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.reinstate())
