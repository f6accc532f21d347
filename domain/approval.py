"""An approval: one review of an app's product requests. What the policy decides is recorded at once; the rest waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, assert_never
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.approval_policy import PolicyDecision
from domain.approval_rules import PolicyAnswer, PolicyInput
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


class ApprovalProductReevaluated(Event):
    """A waiting product met the policy in force once more, because somebody asked for that; whoever did so may still decide."""

    product_id: UUID
    answer: PolicyAnswer
    policy_version: int
    rule: str
    reason: str | None
    input: PolicyInput


class ApprovalProductStaysOpen(Event):
    """The app changed, and what was let in here stays open: the policy approves it again, or the rule that let it in says so."""

    product_id: UUID
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
    | ApprovalProductReevaluated
    | ApprovalProductStaysOpen
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


class Answered(NamedTuple):
    """What the policy last answered to a product: an approval that came in by any other answer was granted by a person."""

    answer: PolicyAnswer
    policy_version: int
    rule: str


@dataclass(frozen=True)
class Approval(State):
    """What past events make true of a review."""

    KIND: ClassVar[str] = "approval"

    status: ApprovalStatus = ApprovalStatus.ABSENT
    waiting: frozenset[UUID] = frozenset()
    asked_by: frozenset[str] = frozenset()
    answered: Mapping[UUID, Answered] = field(default_factory=dict)
    granted: bool = False
    decision: ApprovalDecided | None = None

    def ask(self, asked: PolicyInput, decision: PolicyDecision, asked_by: str) -> list[ApprovalEvent]:
        """Record a product request with the policy's answer; opens the approval where it is the first."""
        request = ApprovalProductAsked(asked_by=asked_by, **_answer(asked, decision))
        return [ApprovalOpened(), request] if self.status is ApprovalStatus.ABSENT else [request]

    def reevaluate(self, asked: PolicyInput, decision: PolicyDecision) -> list[ApprovalEvent]:
        """Record what the policy in force says to a waiting product; nothing where it said the same before."""
        if self.answered.get(asked.product_id) == _short(decision):
            return []
        return [ApprovalProductReevaluated(**_answer(asked, decision))]

    def stay_open(self, asked: PolicyInput, decision: PolicyDecision) -> list[ApprovalEvent]:
        """Record that what was let in here stays open after a change; nothing where the same rule approves it as before."""
        if self.answered.get(asked.product_id) == _short(decision):
            return []
        return [ApprovalProductStaysOpen(**_answer(asked, decision))]

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
            case ApprovalProductAsked(asked_by=asked_by):
                return self._answered(event).but(asked_by=self.asked_by | {asked_by})
            case ApprovalProductReevaluated():
                return self._answered(event)
            case ApprovalProductStaysOpen(product_id=product_id, answer=answer):
                # Where the rule that let it in keeps it open, that rule stays the one to ask.
                return self.but(answered=_with(self.answered, event)) if answer is PolicyAnswer.APPROVE else self
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

    def _answered(self, event: ApprovalProductAsked | ApprovalProductReevaluated) -> Approval:
        """What the policy answers waits, or waits no more, whatever it answered before."""
        waits = event.answer is PolicyAnswer.REVIEW
        return self.but(
            waiting=self.waiting | {event.product_id} if waits else self.waiting - {event.product_id},
            answered=_with(self.answered, event),
            granted=self.granted or event.answer is PolicyAnswer.APPROVE,
        )


AnswerEvent = ApprovalProductAsked | ApprovalProductReevaluated | ApprovalProductStaysOpen


def _answer(asked: PolicyInput, decision: PolicyDecision) -> dict[str, Any]:
    return {
        "product_id": asked.product_id,
        "answer": decision.answer,
        "policy_version": decision.version,
        "rule": decision.rule,
        "reason": decision.reason,
        "input": asked,
    }


def _short(decision: PolicyDecision) -> Answered:
    return Answered(decision.answer, decision.version, decision.rule)


def _with(answered: Mapping[UUID, Answered], event: AnswerEvent) -> Mapping[UUID, Answered]:
    return {**answered, event.product_id: Answered(event.answer, event.policy_version, event.rule)}


def _in_order(verdicts: Iterable[ProductVerdict]) -> tuple[ProductVerdict, ...]:
    return tuple(sorted(verdicts, key=lambda each: each.product_id))
