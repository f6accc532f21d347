"""Report what became of some targets of a bulk run, in their order: what its commands were answered."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.bulk_part import BulkOutcome, BulkPart
from domain.limits import BULK_PART_TARGETS_MAX
from domain.state import Stream


class ReportBulkPart(Command):
    TARGET: ClassVar[str] = "part_id"

    part_id: UUID
    bulk_id: UUID
    first: Annotated[int, Field(ge=0, le=BULK_PART_TARGETS_MAX)]
    outcomes: Annotated[tuple[BulkOutcome, ...], Field(min_length=1, max_length=BULK_PART_TARGETS_MAX)]


def reads(command: ReportBulkPart) -> list[Stream]:
    return [BulkPart.at(command.part_id)]


def report_bulk_part(command: ReportBulkPart, work: Work) -> None:
    part = work.load(BulkPart, command.part_id)
    work.record(part, part.state.report(command.bulk_id, command.first, command.outcomes))
