"""Set custom attributes of an app; those not named stay."""

from commands.command import AppCommand
from commands.fields import SomeAttributes
from commands.work import Work
from domain.app import App
from domain.state import Stream


class SetAttributes(AppCommand):
    attributes: SomeAttributes


def reads(command: SetAttributes) -> list[Stream]:
    return [App.at(command.app_id)]


def set_attributes(command: SetAttributes, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.set_attributes(command.attributes))
