"""Remove custom attributes of an app by name."""

from commands.command import AppCommand
from commands.fields import SomeAttributeNames
from commands.work import Work
from domain.app import App
from domain.state import Stream


class RemoveAttributes(AppCommand):
    names: SomeAttributeNames


def reads(command: RemoveAttributes) -> list[Stream]:
    return [App.at(command.app_id)]


def remove_attributes(command: RemoveAttributes, work: Work) -> None:
    app = work.load(App, command.app_id)
    work.record(app, app.state.remove_attributes(command.names))
