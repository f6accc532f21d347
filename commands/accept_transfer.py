"""Accept an app that is offered: from then on it is this owner's. Its history and credentials stay; its name must be free there."""

from commands.command import AppCommand
from commands.found import Found
from commands.owning import stream_of_owner
from commands.transferring import hand_over, reads_for_transfer
from commands.work import Work
from domain.app import App
from domain.owner import Owner
from domain.state import Stream


class AcceptTransfer(AppCommand):
    """`to` is the new owner, as the offer names him."""

    to: Owner


def reads(command: AcceptTransfer) -> list[Stream]:
    return [App.at(command.app_id), stream_of_owner(command.to)]


def reads_more(command: AcceptTransfer, found: Found) -> list[Stream]:
    return reads_for_transfer(found.state(App, command.app_id), command.to, found.command_id)


def accept_transfer(command: AcceptTransfer, work: Work) -> None:
    app = work.load(App, command.app_id)
    hand_over(work, app, app.state.accept_transfer(command.to), command.to)
