"""Offer an app to another owner, who may accept it. An admin of the portal may let it go over at once, whoever has it."""

from commands.command import AppCommand
from commands.found import Found
from commands.owning import must_own, stream_of_owner
from commands.principal import Role
from commands.transferring import hand_over, reads_for_transfer
from commands.work import Work
from domain.app import App
from domain.owner import Owner
from domain.refused import Refused
from domain.state import Stream


class OfferTransfer(AppCommand):
    """`at_once` asks nobody."""

    to: Owner
    at_once: bool = False


def reads(command: OfferTransfer) -> list[Stream]:
    return [App.at(command.app_id), stream_of_owner(command.to)]


def reads_more(command: OfferTransfer, found: Found) -> list[Stream]:
    return reads_for_transfer(found.state(App, command.app_id), command.to, found.command_id) if command.at_once else []


def offer_transfer(command: OfferTransfer, work: Work) -> None:
    app = work.load(App, command.app_id)
    if not command.at_once:
        must_own(work, command.to)
        work.record(app, app.state.offer_transfer(command.to))
        return
    if not work.envelope.principal.has(Role.PORTAL_ADMIN) or work.envelope.on_behalf_of is not None:
        raise Refused("not_allowed", "only an admin of the portal lets an app go over at once; offer it to its new owner instead")
    hand_over(work, app, app.state.transfer(command.to), command.to)
