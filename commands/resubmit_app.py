"""Submit a rejected app again, for the products that it names or for all that were rejected."""

from uuid import UUID

from commands.asking import ask_for_products, reads_for_asking, reads_of_review
from commands.command import AppCommand
from commands.fields import Products
from commands.found import Found
from commands.work import Work
from domain.app import App, SubscriptionStatus
from domain.refused import Refused
from domain.state import Stream


class ResubmitApp(AppCommand):
    products: Products = ()


def reads(command: ResubmitApp) -> list[Stream]:
    return [App.at(command.app_id), *reads_for_asking(command.products)]


def reads_more(command: ResubmitApp, found: Found) -> list[Stream]:
    app = found.state(App, command.app_id)
    return [*reads_for_asking(products_to_ask(command, app)), *reads_of_review(app, found.command_id)]


def resubmit_app(command: ResubmitApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    asked = products_to_ask(command, app.state)
    work.record(app, app.state.resubmit())
    if not asked:
        raise Refused("no_products", "nothing was rejected that could be asked for again; name the products to ask for")
    ask_for_products(work, app, asked)


def products_to_ask(command: ResubmitApp, app: App) -> list[UUID]:
    """The products named, or all rejected ones."""
    return list(command.products) or app.products(SubscriptionStatus.REJECTED)
