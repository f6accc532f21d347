"""Set custom attributes of an app; those not named stay."""

from commands.command import AppCommand
from commands.fields import SomeAttributes
from commands.found import Found
from commands.reconsidering import reads_for_reconsidering, reconsider
from commands.work import Work
from domain.app import App
from domain.state import Stream


class SetAttributes(AppCommand):
    attributes: SomeAttributes


def reads(command: SetAttributes) -> list[Stream]:
    return [App.at(command.app_id)]


def reads_more(command: SetAttributes, found: Found) -> list[Stream]:
    return reads_for_reconsidering(found.state(App, command.app_id), found.command_id)


def set_attributes(command: SetAttributes, work: Work) -> None:
    app = work.load(App, command.app_id)
    before = app.state
    work.record(app, app.state.set_attributes(command.attributes))
    reconsider(work, app, before)
