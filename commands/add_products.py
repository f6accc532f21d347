"""Subscribe an app to more products; those that need approval wait for it, or are decided by the policy."""

from commands.asking import ask_for_products, reads_for_asking, reads_of_review
from commands.command import AppCommand
from commands.fields import SomeProducts
from commands.found import Found
from commands.work import Work
from domain.app import App, AppStatus
from domain.state import Stream


class AddProducts(AppCommand):
    products: SomeProducts


def reads(command: AddProducts) -> list[Stream]:
    return [App.at(command.app_id), *reads_for_asking(command.products)]


def reads_more(command: AddProducts, found: Found) -> list[Stream]:
    return reads_of_review(found.state(App, command.app_id), found.command_id)


def add_products(command: AddProducts, work: Work) -> None:
    app = work.load(App, command.app_id)
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE)
    ask_for_products(work, app, command.products)
