"""Withdraw the offer of an app to another owner."""

from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.state import Stream


class WithdrawTransfer(AppCommand):
    pass


def reads(command: WithdrawTransfer) -> list[Stream]:
    return [App.at(command.app_id)]


def withdraw_transfer(command: WithdrawTransfer, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.withdraw_transfer())
