"""Freeze a bulk run's list: all of its parts are there, with the sums of what would happen. From now on it can be started."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.bulk_run import BulkPrepared, BulkRun
from domain.limits import BULK_TARGETS_MAX
from domain.state import Stream

Count = Annotated[int, Field(ge=0, le=BULK_TARGETS_MAX)]
Position = Annotated[int, Field(ge=0, lt=2**63)]


class FreezeBulkRun(Command):
    TARGET: ClassVar[str] = "bulk_id"

    bulk_id: UUID
    attempt: UUID
    parts: Count
    as_of: Position
    would_do: Count
    already_so: Count
    would_be_refused: dict[str, Count]


def reads(command: FreezeBulkRun) -> list[Stream]:
    return [BulkRun.at(command.bulk_id)]


def freeze_bulk_run(command: FreezeBulkRun, work: Work) -> None:
    run = work.load(BulkRun, command.bulk_id)
    prepared = BulkPrepared(
        attempt=command.attempt,
        parts=command.parts,
        as_of=command.as_of,
        targets=command.would_do + command.already_so + sum(command.would_be_refused.values()),
        would_do=command.would_do,
        already_so=command.already_so,
        would_be_refused=command.would_be_refused,
        prepared_at=work.now,
    )
    work.record(run, run.state.freeze(prepared))
