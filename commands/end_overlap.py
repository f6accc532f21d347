"""End an overlap: the old credential stops working, its successor goes on alone. Its owner may do so early, the system when it is due."""

from uuid import UUID

from commands.closing import close_credential
from commands.command import AppCommand
from commands.work import Work
from domain.app import App
from domain.credential import Credential
from domain.refused import Refused
from domain.state import Stream


class EndOverlap(AppCommand):
    """`credential_id` is the old credential, the one that retires."""

    credential_id: UUID


def reads(command: EndOverlap) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def end_overlap(command: EndOverlap, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    ends_at = credential.state.in_overlap_until
    if work.is_system and ends_at is not None and work.now < ends_at:
        raise Refused("not_due", "this overlap has not reached its end")
    close_credential(work, app, credential, credential.state.end_overlap())
