"""End an app's subscriptions to products, approved or waiting; access through them ends at once."""

from commands.asking import credentials_to_activate, settle
from commands.command import AppCommand
from commands.fields import SomeProducts
from commands.found import Found
from commands.work import Work
from domain.app import App
from domain.approval import Approval
from domain.state import Stream


class RemoveProducts(AppCommand):
    products: SomeProducts


def reads(command: RemoveProducts) -> list[Stream]:
    return [App.at(command.app_id)]


def reads_more(command: RemoveProducts, found: Found) -> list[Stream]:
    app = found.state(App, command.app_id)
    return [*([] if app.open_approval is None else [Approval.at(app.open_approval)]), *credentials_to_activate(app)]


def remove_products(command: RemoveProducts, work: Work) -> None:
    app = work.load(App, command.app_id)
    open_approval = app.state.open_approval
    for product_id in command.products:
        work.record(app, app.state.remove_product(product_id))
        if open_approval is not None:
            approval = work.load(Approval, open_approval)
            work.record(approval, approval.state.withdraw_product(product_id))
    settle(work, app)
