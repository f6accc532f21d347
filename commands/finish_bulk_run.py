"""Finish a bulk run: each of its targets was reported, and these are the sums."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.freeze_bulk_run import Count
from commands.work import Work
from domain.bulk_run import BulkFinished, BulkRun
from domain.state import Stream


class FinishBulkRun(Command):
    TARGET: ClassVar[str] = "bulk_id"

    bulk_id: UUID
    done: Count
    already_so: Count
    refused: dict[str, Count]
    not_sent: Count


def reads(command: FinishBulkRun) -> list[Stream]:
    return [BulkRun.at(command.bulk_id)]


def finish_bulk_run(command: FinishBulkRun, work: Work) -> None:
    run = work.load(BulkRun, command.bulk_id)
    sums = BulkFinished(done=command.done, already_so=command.already_so, refused=command.refused, not_sent=command.not_sent)
    work.record(run, run.state.finish(sums))
