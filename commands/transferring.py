"""Transferring: an app goes over to another owner, with its history and its credentials; only its name has to be free there."""

from collections.abc import Sequence
from uuid import UUID

from commands.owning import must_own
from commands.reconsidering import reads_for_reconsidering, reconsider
from commands.work import Known, Work
from domain.app import App, AppEvent
from domain.app_name import AppName
from domain.derived_ids import app_name_id
from domain.owner import Owner
from domain.state import Stream


def reads_for_transfer(app: App, to: Owner, command_id: UUID) -> list[Stream]:
    """What a transfer reads besides the app and its new owner: the app's name, at both, and what the policy says of the new one."""
    if app.owner is None:
        return []
    return [*(AppName.at(_name_of(app, owner)) for owner in (app.owner, to)), *reads_for_reconsidering(app, command_id)]


def hand_over(work: Work, app: Known[App], events: Sequence[AppEvent], to: Owner) -> None:
    """Record that the app is another owner's from here on, if its name is free there."""
    if not events:
        return
    must_own(work, to)
    before = app.state
    freed, taken = (work.load(AppName, _name_of(app.state, owner)) for owner in (app.state.owned_by, to))
    app_id = app.state.id_in(app.stream)
    work.record(taken, taken.state.take(app_id))
    work.record(freed, freed.state.free(app_id))
    work.record(app, events)
    reconsider(work, app, before)


def _name_of(app: App, owner: Owner) -> UUID:
    return app_name_id(owner.kind, owner.id, app.details.name)
