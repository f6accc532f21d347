"""Remove custom attributes of an app by name."""

from commands.command import AppCommand
from commands.fields import SomeAttributeNames
from commands.found import Found
from commands.reconsidering import reads_for_reconsidering, reconsider
from commands.work import Work
from domain.app import App
from domain.state import Stream


class RemoveAttributes(AppCommand):
    names: SomeAttributeNames


def reads(command: RemoveAttributes) -> list[Stream]:
    return [App.at(command.app_id)]


def reads_more(command: RemoveAttributes, found: Found) -> list[Stream]:
    return reads_for_reconsidering(found.state(App, command.app_id), found.command_id)


def remove_attributes(command: RemoveAttributes, work: Work) -> None:
    app = work.load(App, command.app_id)
    before = app.state
    work.record(app, app.state.remove_attributes(command.names))
    reconsider(work, app, before)
