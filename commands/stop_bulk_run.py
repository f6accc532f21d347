"""Stop a bulk run: what is done stays done, and nothing more is done for it. One that was not started is called off."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Reason
from commands.work import Work
from domain.bulk_run import BulkRun
from domain.state import Stream


class StopBulkRun(Command):
    TARGET: ClassVar[str] = "bulk_id"

    bulk_id: UUID
    reason: Reason | None = None


def reads(command: StopBulkRun) -> list[Stream]:
    return [BulkRun.at(command.bulk_id)]


def stop_bulk_run(command: StopBulkRun, work: Work) -> None:
    run = work.load(BulkRun, command.bulk_id)
    work.record(run, run.state.stop(command.reason))
