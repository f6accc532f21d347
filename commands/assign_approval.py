"""Say who looks after an open approval, or that nobody does: a hint, which hinders no other admin."""

from uuid import UUID

from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.approval import Approval
from domain.state import Stream


class AssignApproval(AppCommand):
    """`assignee` is the developer id of an admin; none: nobody looks after it any more."""

    approval_id: UUID
    assignee: UUID | None


def reads(command: AssignApproval) -> list[Stream]:
    return [App.at(command.app_id), Approval.at(command.approval_id)]


def assign_approval(command: AssignApproval, work: Work) -> None:
    work.load(App, command.app_id).state.must_know_approval(command.approval_id)
    approval = work.load(Approval, command.approval_id)
    work.record(approval, approval.state.assign(command.assignee))
