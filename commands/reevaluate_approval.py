"""Run the policy in force over what waits in an open approval; what it sends to review waits on."""

from uuid import UUID

from commands.asking import consequence, credentials_to_activate, policy_input, reads_for_asking, settle
from commands.command import AppCommand
from commands.found import Found
from commands.reconsidering import decide_anew
from commands.work import Work
from domain.app import App, AppStatus, SubscriptionStatus
from domain.approval import Approval
from domain.product import Product
from domain.refused import Refused
from domain.state import Stream


class ReevaluateApproval(AppCommand):
    approval_id: UUID


def reads(command: ReevaluateApproval) -> list[Stream]:
    return [App.at(command.app_id), Approval.at(command.approval_id)]


def reads_more(command: ReevaluateApproval, found: Found) -> list[Stream]:
    app = found.state(App, command.app_id)
    return [*reads_for_asking(app.products(SubscriptionStatus.PENDING)), *credentials_to_activate(app)]


def reevaluate_approval(command: ReevaluateApproval, work: Work) -> None:
    app = work.load(App, command.app_id)
    approval = work.load(Approval, command.approval_id)
    app.state.must_know_approval(command.approval_id)
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE, AppStatus.SUSPENDED)
    if app.state.open_approval != command.approval_id:
        raise Refused("already_decided", "this approval is over: nothing of this app waits in it")
    asks = app.state  # All are asked of the app as it is now: a rejection of one counts against none of the others.
    for product_id in asks.products(SubscriptionStatus.PENDING):
        asked = policy_input(asks, product_id, work.load(Product, product_id).state.details.category)
        decision = decide_anew(work, asked)
        work.record(approval, approval.state.reevaluate(asked, decision))
        work.record(app, consequence(product_id, decision))
    work.record(approval, approval.state.close_if_nothing_waits())
    settle(work, app)
