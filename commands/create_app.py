"""Create an app under its owner, and ask for its first products. Without products it is active at once."""

from collections.abc import Mapping

from pydantic import Field

from commands.asking import ask_for_products, reads_for_asking, reads_of_review
from commands.command import AppCommand
from commands.fields import Attributes, CallbackUrls, Description, Name, Products
from commands.found import Found
from commands.work import Work
from domain.app import App, AppApproved, AppDetails
from domain.app_name import AppName
from domain.derived_ids import app_name_id
from domain.owner import Owner
from domain.state import Stream


class CreateApp(AppCommand):
    owner: Owner
    name: Name
    description: Description = ""
    callback_urls: CallbackUrls = ()
    attributes: Attributes = Field(default_factory=dict)
    products: Products = ()


def reads(command: CreateApp) -> list[Stream]:
    name = app_name_id(command.owner.kind, command.owner.id, command.name)
    streams = [App.at(command.app_id), AppName.at(name)]
    return streams + reads_for_asking(command.products) if command.products else streams


def reads_more(command: CreateApp, found: Found) -> list[Stream]:
    return reads_of_review(found.state(App, command.app_id), found.command_id) if command.products else []


def create_app(command: CreateApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    name = work.load(AppName, app_name_id(command.owner.kind, command.owner.id, command.name))
    details = AppDetails(command.name, command.description, command.callback_urls)
    attributes: Mapping[str, str] = command.attributes
    created = app.state.create(command.owner, details, attributes, command.products)
    if not created:
        return
    work.record(name, name.state.take(command.app_id))
    work.record(app, created)
    if command.products:
        ask_for_products(work, app, command.products)
    else:
        work.record(app, [AppApproved()])
