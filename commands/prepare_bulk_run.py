"""Prepare a bulk run: the apps that fit are listed, and what would happen to each is told. Nothing is done to any of them yet."""

from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from commands.asking import asked_by
from commands.command import Command
from commands.fields import AttributeName, AttributeValue, Expiry, Moment, Reason, distinct
from commands.work import Work
from domain.bulk_order import BulkAction, BulkCriteria, BulkOrder
from domain.bulk_run import BulkRun
from domain.credential import AtDeadline
from domain.limits import APP_ATTRIBUTES_MAX, BULK_IDS_MAX
from domain.refused import Refused
from domain.state import Stream

LivingStatus = Literal["pending", "active", "rejected", "suspended"]
NEEDS_REASON = frozenset({BulkAction.SUSPEND, BulkAction.DEMAND_ROTATION})


class Criteria(BaseModel):
    """Which apps: all that is given must fit; at least one thing is. An attribute with null is had, whatever its value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    statuses: Annotated[tuple[LivingStatus, ...], Field(max_length=4), AfterValidator(distinct)] = ()
    product_id: UUID | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    attributes: Annotated[dict[AttributeName, AttributeValue | None], Field(max_length=APP_ATTRIBUTES_MAX)] = {}
    created_before: Moment | None = None
    created_after: Moment | None = None
    ids: Annotated[tuple[UUID, ...], Field(max_length=BULK_IDS_MAX), AfterValidator(distinct)] = ()


NOTHING = Criteria()


class PrepareBulkRun(Command):
    """`ids` are approvals where these are approved, else apps. `undoes` takes the place of criteria: what that run has suspended."""

    TARGET: ClassVar[str] = "bulk_id"

    bulk_id: UUID
    action: BulkAction
    criteria: Criteria = NOTHING
    reason: Reason | None = None
    deadline: Expiry | None = None
    then: AtDeadline | None = None
    undoes: UUID | None = None

    @model_validator(mode="after")
    def _fits_its_action(self) -> Self:
        if (self.reason is None) is (self.action in NEEDS_REASON):
            raise ValueError("a suspension and a demand have a reason, an approval and a reinstatement have none")
        demands = self.action is BulkAction.DEMAND_ROTATION
        if (self.deadline is None) is demands or (self.then is not None and not demands):
            raise ValueError("a demand to rotate has a deadline, nothing else has")
        if self.undoes is not None and self.action is not BulkAction.REINSTATE:
            raise ValueError("what undoes a run reinstates what it has suspended")
        if (self.criteria == NOTHING) is (self.undoes is None):
            raise ValueError("name at least one criterion, or the run to undo")
        return self


def reads(command: PrepareBulkRun) -> list[Stream]:
    return [BulkRun.at(command.bulk_id), *([] if command.undoes is None else [BulkRun.at(command.undoes)])]


def prepare_bulk_run(command: PrepareBulkRun, work: Work) -> None:
    run = work.load(BulkRun, command.bulk_id)
    if command.undoes == command.bulk_id:
        raise Refused("not_undoable", "a run does not undo itself")
    if command.undoes is not None:
        work.load(BulkRun, command.undoes).state.must_be_undoable()
    then = (command.then or AtDeadline.REPORT) if command.action is BulkAction.DEMAND_ROTATION else None
    order = BulkOrder(action=command.action, reason=command.reason, deadline=command.deadline, then=then, undoes=command.undoes)
    criteria = BulkCriteria.model_validate(command.criteria.model_dump())
    work.record(run, run.state.request(order, criteria, asked_by(work)))
