"""Withdraw the offer of a credential that nobody has taken yet."""

from uuid import UUID

from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.credential_offer import CredentialOffer
from domain.state import Stream


class WithdrawCredentialOffer(AppCommand):
    offer_id: UUID


def reads(command: WithdrawCredentialOffer) -> list[Stream]:
    return [App.at(command.app_id), CredentialOffer.at(command.offer_id)]


def withdraw_credential_offer(command: WithdrawCredentialOffer, work: Work) -> None:
    offer = work.load(CredentialOffer, command.offer_id)
    work.record(offer, offer.state.withdraw(command.app_id))
