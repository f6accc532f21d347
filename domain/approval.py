"""An approval: one review of an app's product requests. What the policy decides is recorded at once; the rest waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, assert_never
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.approval_policy import PolicyAnswer, PolicyDecision, PolicyInput
from domain.event import Event
from domain.refused import Refused
from domain.state import State


class Verdict(StrEnum):
    """What a reviewer says to one product."""

    GRANT = "grant"
    REJECT = "reject"


class ProductVerdict(BaseModel):
    """A verdict on one product; a rejection has a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    verdict: Verdict
    reason: str | None = None


class ApprovalOpened(Event):
    pass


class ApprovalProductAsked(Event):
    """A product request met the policy: its answer, and all that the policy looked at. `asked_by` can't decide."""

    product_id: UUID
    asked_by: str
    answer: PolicyAnswer
    policy_version: int
    rule: str
    reason: str | None
    input: PolicyInput


class ApprovalProductWithdrawn(Event):
    product_id: UUID


class ApprovalDecided(Event):
    """A person's decision on all that waited. Who and when belong to it: later deciders are told."""

    verdicts: tuple[ProductVerdict, ...]
    comment: str | None
    decided_by: str
    decided_at: AwareDatetime


class ApprovalGranted(Event):
    pass


class ApprovalRejected(Event):
    pass


class ApprovalWithdrawn(Event):
    pass


ApprovalEvent = (
    ApprovalOpened
    | ApprovalProductAsked
    | ApprovalProductWithdrawn
    | ApprovalDecided
    | ApprovalGranted
    | ApprovalRejected
    | ApprovalWithdrawn
)


class ApprovalStatus(StrEnum):
    """Where an approval stands."""

    ABSENT = "absent"
    OPEN = "open"
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Approval(State):
    """What past events make true of a review."""

    KIND: ClassVar[str] = "approval"

    status: ApprovalStatus = ApprovalStatus.ABSENT
    waiting: frozenset[UUID] = frozenset()
    asked_by: frozenset[str] = frozenset()
    granted: bool = False
    decision: ApprovalDecided | None = None

    def ask(self, asked: PolicyInput, decision: PolicyDecision, asked_by: str) -> list[ApprovalEvent]:
        """Record a product request with the policy's answer; opens the approval where it is the first."""
        request = ApprovalProductAsked(
            product_id=asked.product_id,
            asked_by=asked_by,
            answer=decision.answer,
            policy_version=decision.version,
            rule=decision.rule,
            reason=decision.reason,
            input=asked,
        )
        return [ApprovalOpened(), request] if self.status is ApprovalStatus.ABSENT else [request]

    def close_if_nothing_waits(self) -> list[ApprovalEvent]:
        """Granted if at least one product was granted, else rejected."""
        if self.status is not ApprovalStatus.OPEN or self.waiting:
            return []
        return [ApprovalGranted() if self.granted else ApprovalRejected()]

    def is_decided(self, verdicts: Iterable[ProductVerdict], comment: str | None, by: str) -> bool:
        """Whether this very decision was taken, by the same person; any other one is refused, and told who decided and when."""
        decision = self.decision
        if decision is None:
            return False
        if (decision.decided_by, decision.verdicts, decision.comment) == (by, _in_order(verdicts), comment):
            return True
        raise Refused("already_decided", f"{decision.decided_by} decided this at {decision.decided_at.isoformat()}")

    def decide(self, verdicts: Iterable[ProductVerdict], comment: str | None, by: str, now: datetime) -> list[ApprovalEvent]:
        """Take a reviewer's verdicts, one for each waiting product; the approval is over then."""
        verdicts = _in_order(verdicts)
        self.must_exist()
        if self.is_decided(verdicts, comment, by):
            return []
        if self.status is not ApprovalStatus.OPEN:
            raise Refused("already_decided", f"this approval is over: it was {self.status}")
        if by in self.asked_by:
            raise Refused("own_request", "who asked can't decide; another admin must")
        if {each.product_id for each in verdicts} != self.waiting or len(verdicts) != len(self.waiting):
            raise Refused("products_changed", "a decision names every waiting product exactly once; look at what waits now")
        granted = self.granted or any(each.verdict is Verdict.GRANT for each in verdicts)
        decided = ApprovalDecided(verdicts=verdicts, comment=comment, decided_by=by, decided_at=now)
        return [decided, ApprovalGranted() if granted else ApprovalRejected()]

    def withdraw(self) -> list[ApprovalEvent]:
        self.must_exist()
        if self.status is ApprovalStatus.WITHDRAWN:
            return []
        if self.status is not ApprovalStatus.OPEN:
            raise Refused("already_decided", f"this approval is over: it was {self.status}")
        return [ApprovalWithdrawn()]

    def withdraw_product(self, product_id: UUID) -> list[ApprovalEvent]:
        """Take one waiting product out; taking out the last withdraws the approval."""
        if product_id not in self.waiting:
            return []
        taken_out: list[ApprovalEvent] = [ApprovalProductWithdrawn(product_id=product_id)]
        return taken_out if len(self.waiting) > 1 else [*taken_out, ApprovalWithdrawn()]

    def must_exist(self) -> None:
        """Refuse an id that no approval has."""
        if self.status is ApprovalStatus.ABSENT:
            raise Refused("approval_unknown", "the app has no approval with this id")

    def evolve(self, event: ApprovalEvent) -> Approval:
        """History is never refused: no rule may be checked here."""
        match event:
            case ApprovalOpened():
                return self.but(status=ApprovalStatus.OPEN)
            case ApprovalProductAsked(product_id=product_id, asked_by=asked_by, answer=answer):
                return self.but(
                    waiting=self.waiting | {product_id} if answer is PolicyAnswer.REVIEW else self.waiting,
                    asked_by=self.asked_by | {asked_by},
                    granted=self.granted or answer is PolicyAnswer.APPROVE,
                )
            case ApprovalProductWithdrawn(product_id=product_id):
                return self.but(waiting=self.waiting - {product_id})
            case ApprovalDecided():
                return self.but(decision=event, waiting=frozenset())
            case ApprovalGranted():
                return self.but(status=ApprovalStatus.GRANTED)
            case ApprovalRejected():
                return self.but(status=ApprovalStatus.REJECTED)
            case ApprovalWithdrawn():
                return self.but(status=ApprovalStatus.WITHDRAWN, waiting=frozenset())
        assert_never(event)


def _in_order(verdicts: Iterable[ProductVerdict]) -> tuple[ProductVerdict, ...]:
    return tuple(sorted(verdicts, key=lambda each: each.product_id))
