"""Freeze a part of a bulk run's list: what would happen to each target was looked up, and what is looked at is what will be done."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.bulk_part import BulkPart, BulkTarget, part_id
from domain.bulk_run import BulkRun
from domain.limits import BULK_PART_TARGETS_MAX, BULK_TARGETS_MAX
from domain.refused import Refused
from domain.state import Stream


class FreezeBulkPart(Command):
    """Two workers may make a list at once: each makes its own attempt, and one of them will stand."""

    TARGET: ClassVar[str] = "part_id"

    part_id: UUID
    bulk_id: UUID
    attempt: UUID
    number: Annotated[int, Field(ge=0, lt=BULK_TARGETS_MAX)]
    targets: Annotated[tuple[BulkTarget, ...], Field(min_length=1, max_length=BULK_PART_TARGETS_MAX)]


def reads(command: FreezeBulkPart) -> list[Stream]:
    return [BulkPart.at(command.part_id), BulkRun.at(command.bulk_id)]


def freeze_bulk_part(command: FreezeBulkPart, work: Work) -> None:
    part = work.load(BulkPart, command.part_id)
    work.load(BulkRun, command.bulk_id).state.must_be_preparing()
    if command.part_id != part_id(command.attempt, command.number):
        raise Refused("bulk_unknown", "a part's id follows from its list's attempt and its number")
    work.record(part, part.state.freeze(command.bulk_id, command.attempt, command.number, command.targets))
