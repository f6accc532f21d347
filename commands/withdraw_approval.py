"""Withdraw an open approval: the products that wait in it are removed from the app."""

from uuid import UUID

from commands.asking import settle
from commands.closing import withdraw_open_approval
from commands.command import AppCommand
from commands.work import Work
from domain.app import App, AppStatus
from domain.approval import Approval, ApprovalStatus
from domain.refused import Refused
from domain.state import Stream


class WithdrawApproval(AppCommand):
    approval_id: UUID


def reads(command: WithdrawApproval) -> list[Stream]:
    return [App.at(command.app_id), Approval.at(command.approval_id)]


def withdraw_approval(command: WithdrawApproval, work: Work) -> None:
    app = work.load(App, command.app_id)
    approval = work.load(Approval, command.approval_id)
    app.state.must_know_approval(command.approval_id)
    if approval.state.status is ApprovalStatus.WITHDRAWN:
        return
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE, AppStatus.SUSPENDED)
    if app.state.open_approval != command.approval_id:
        approval.state.withdraw()  # Refuses, and says how it ended.
        raise Refused("already_decided", "this approval is over: nothing of this app waits in it")
    withdraw_open_approval(work, app)
    settle(work, app)
