"""Write a note on an approval, for other admins: developers are told decisions and their reasons, and never these."""

from uuid import UUID

from commands.asking import asked_by
from commands.command import AppCommand
from commands.fields import Note
from commands.work import Work
from domain.app import App
from domain.approval import Approval
from domain.state import Stream


class CommentApproval(AppCommand):
    approval_id: UUID
    text: Note


def reads(command: CommentApproval) -> list[Stream]:
    return [App.at(command.app_id), Approval.at(command.approval_id)]


def comment_approval(command: CommentApproval, work: Work) -> None:
    work.load(App, command.app_id).state.must_know_approval(command.approval_id)
    approval = work.load(Approval, command.approval_id)
    work.record(approval, approval.state.comment(command.text, asked_by(work)))
