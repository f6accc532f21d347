"""Demand that a credential be rotated by a deadline. Its owner makes the successor, by an ordinary rotation; nobody else does."""

from uuid import UUID

from commands.command import AppCommand
from commands.fields import Expiry, Reason
from commands.work import Work
from domain.app import App
from domain.credential import AtDeadline, Credential, Demand
from domain.state import Stream


class DemandRotation(AppCommand):
    """`then` says what becomes of it after the deadline: `report` leaves it working, `revoke` cuts it off."""

    credential_id: UUID
    deadline: Expiry
    then: AtDeadline = AtDeadline.REPORT
    reason: Reason


def reads(command: DemandRotation) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def demand_rotation(command: DemandRotation, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    demand = Demand(command.deadline, command.then, command.reason)
    work.record(credential, credential.state.demand_rotation(demand, work.now))
