"""Decline an app that is offered: it stays where it is."""

from commands.command import AppCommand
from commands.owning import stream_of_owner
from commands.work import Work
from domain.app import App
from domain.owner import Owner
from domain.state import Stream


class DeclineTransfer(AppCommand):
    """`to` is the owner whom it is offered to."""

    to: Owner


def reads(command: DeclineTransfer) -> list[Stream]:
    return [App.at(command.app_id), stream_of_owner(command.to)]


def decline_transfer(command: DeclineTransfer, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.decline_transfer(command.to))
