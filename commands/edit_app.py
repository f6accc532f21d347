"""Edit what an app says of itself; what is not given stays. A new name must be free among the owner's living apps."""

from commands.command import AppCommand
from commands.fields import AttributeChanges, CallbackUrls, Description, Name
from commands.found import Found
from commands.reconsidering import reads_for_reconsidering, reconsider
from commands.work import Work
from domain.app import App, AppDetails
from domain.app_name import AppName
from domain.derived_ids import app_name_id
from domain.state import Stream


class EditApp(AppCommand):
    """`attributes` sets those that it names, and removes those that it names with null; all others stay."""

    name: Name | None = None
    description: Description | None = None
    callback_urls: CallbackUrls | None = None
    attributes: AttributeChanges | None = None


def reads(command: EditApp) -> list[Stream]:
    return [App.at(command.app_id)]


def reads_more(command: EditApp, found: Found) -> list[Stream]:
    app = found.state(App, command.app_id)
    names = () if command.name is None or app.owner is None else (app.details.name, command.name)
    return [
        *[AppName.at(app_name_id(app.owned_by.kind, app.owned_by.id, name)) for name in names],
        *(reads_for_reconsidering(app, found.command_id) if _touches_the_policy(command) else ()),
    ]


def edit_app(command: EditApp, work: Work) -> None:
    app = work.load(App, command.app_id)
    before, old = app.state, app.state.details
    new = AppDetails(
        name=old.name if command.name is None else command.name,
        description=old.description if command.description is None else command.description,
        callback_urls=old.callback_urls if command.callback_urls is None else command.callback_urls,
    )
    work.record(app, app.state.edit(new))
    changes = command.attributes or {}
    work.record(app, app.state.remove_attributes([name for name, value in changes.items() if value is None]))
    work.record(app, app.state.set_attributes({name: value for name, value in changes.items() if value is not None}))
    owner = app.state.owned_by
    if (old_id := app_name_id(owner.kind, owner.id, old.name)) != (new_id := app_name_id(owner.kind, owner.id, new.name)):
        taken, freed = work.load(AppName, new_id), work.load(AppName, old_id)
        work.record(taken, taken.state.take(command.app_id))
        work.record(freed, freed.state.free(command.app_id))
    if _touches_the_policy(command):
        reconsider(work, app, before)


def _touches_the_policy(command: EditApp) -> bool:
    """Whether anything is given that a policy may look at; a new name or description asks nothing anew."""
    return command.callback_urls is not None or bool(command.attributes)
