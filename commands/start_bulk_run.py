"""Start a bulk run: what its list shows is done, in the name of the person who starts it."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.principal import Role
from commands.work import Work
from domain.bulk_run import BulkRun
from domain.refused import Refused
from domain.state import Stream


class StartBulkRun(Command):
    TARGET: ClassVar[str] = "bulk_id"

    bulk_id: UUID


def reads(command: StartBulkRun) -> list[Stream]:
    return [BulkRun.at(command.bulk_id)]


def start_bulk_run(command: StartBulkRun, work: Work) -> None:
    run = work.load(BulkRun, command.bulk_id)
    person = work.envelope.principal.person_id
    if person is None:
        raise Refused("not_allowed", "a bulk run acts on behalf of the person who starts it; a service is none")
    work.record(run, run.state.start(person, Role.PORTAL_ADMIN, work.now))
