"""A part of a bulk run: some hundred targets, frozen as they were found, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from domain.event import Event
from domain.refused import Refused
from domain.state import State


class Foreseen(StrEnum):
    """What a dry run says of a target."""

    WOULD_DO = "would_do"
    ALREADY_SO = "already_so"
    WOULD_BE_REFUSED = "would_be_refused"


class BulkResult(StrEnum):
    """What became of a target."""

    DONE = "done"
    ALREADY_SO = "already_so"
    REFUSED = "refused"
    NOT_SENT = "not_sent"


class BulkTarget(BaseModel):
    """One target: an app, one of its credentials, or its approval with the products that waited in it.

    `app_id` is missing where nothing has this id. `version` is the one that an undo found right after the suspension.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: UUID | None
    id: UUID
    version: int | None = None
    products: tuple[UUID, ...] = ()
    foreseen: Foreseen
    code: str | None = None


class BulkOutcome(BaseModel):
    """What became of one target; `version` is how many events its app had right after what this run did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: BulkResult
    code: str | None = None
    version: int | None = None


class BulkPartFrozen(Event):
    bulk_id: UUID
    attempt: UUID
    number: int
    targets: tuple[BulkTarget, ...]


class BulkPartReported(Event):
    """The outcomes of the targets from `first` on."""

    bulk_id: UUID
    first: int
    outcomes: tuple[BulkOutcome, ...]


BulkPartEvent = BulkPartFrozen | BulkPartReported


def part_id(attempt: UUID, number: int) -> UUID:
    """Name a part of a list: whoever knows the list's attempt finds all of its parts."""
    return uuid5(attempt, str(number))


@dataclass(frozen=True)
class BulkPart(State):
    """How many targets there are, and how many of them have been reported."""

    KIND: ClassVar[str] = "bulkpart"

    bulk_id: UUID | None = None
    size: int = 0
    reported: int = 0

    def freeze(self, bulk_id: UUID, attempt: UUID, number: int, targets: Sequence[BulkTarget]) -> list[BulkPartEvent]:
        if self.bulk_id is not None:
            raise Refused("id_used", "this part was frozen before; a list is frozen once")
        return [BulkPartFrozen(bulk_id=bulk_id, attempt=attempt, number=number, targets=tuple(targets))]

    def report(self, bulk_id: UUID, first: int, outcomes: Sequence[BulkOutcome]) -> list[BulkPartEvent]:
        """Record what became of the targets from `first` on; what another worker has recorded already stands."""
        if self.bulk_id != bulk_id:
            raise Refused("bulk_unknown", "the run has no part with this id")
        if first > self.reported or first + len(outcomes) > self.size:
            raise Refused("out_of_order", "a part's outcomes are reported in the order of its targets")
        new = tuple(outcomes[self.reported - first :])
        return [BulkPartReported(bulk_id=bulk_id, first=self.reported, outcomes=new)] if new else []

    def evolve(self, event: BulkPartEvent) -> BulkPart:
        """History is never refused: no rule may be checked here."""
        match event:
            case BulkPartFrozen(bulk_id=bulk_id, targets=targets):
                return self.but(bulk_id=bulk_id, size=len(targets))
            case BulkPartReported(first=first, outcomes=outcomes):
                return self.but(reported=first + len(outcomes))
        assert_never(event)
