"""The approval policy: what is decided without a person. None stored: everything is reviewed. Rules with conditions come later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.event import Event
from domain.owner import Owner
from domain.refused import Refused
from domain.state import State


class PolicyMode(StrEnum):
    """How the policy answers."""

    AUTO = "auto"
    MANUAL = "manual"


class PolicyAnswer(StrEnum):
    """What the policy says to one product request."""

    APPROVE = "approve"
    REJECT = "reject"
    REVIEW = "review"


class PolicyInput(BaseModel):
    """All that a policy may look at; recorded whole with each answer, so that a draft can be tried over past requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    category: str
    owner: Owner
    attributes: dict[str, str]
    callback_hosts: tuple[str, ...]
    earlier_rejections: int


class PolicyDecision(NamedTuple):
    """An answer, with the version and the rule that gave it."""

    answer: PolicyAnswer
    version: int
    rule: str
    reason: str | None


class ApprovalPolicySet(Event):
    version: int
    mode: PolicyMode


@dataclass(frozen=True)
class ApprovalPolicy(State):
    """The policy in force. Version 0 is the one before any was set: manual."""

    KIND: ClassVar[str] = "policy"

    version: int = 0
    mode: PolicyMode = PolicyMode.MANUAL

    def set(self, mode: PolicyMode, based_on: int | None) -> list[ApprovalPolicySet]:
        """Put a new version in force; `based_on` names the version that its author saw."""
        if self.version and self.mode is mode:
            return []
        if based_on is not None and based_on != self.version:
            raise Refused("policy_changed", f"the policy in force is version {self.version}; look at it, then set yours")
        return [ApprovalPolicySet(version=self.version + 1, mode=mode)]

    def decide(self, asked: PolicyInput) -> PolicyDecision:
        """Answer one product request."""
        del asked  # Without conditions, every request gets the same answer.
        answer = PolicyAnswer.APPROVE if self.mode is PolicyMode.AUTO else PolicyAnswer.REVIEW
        return PolicyDecision(answer, self.version, rule=self.mode.value, reason=None)

    def evolve(self, event: ApprovalPolicySet) -> ApprovalPolicy:
        """History is never refused: no rule may be checked here."""
        return ApprovalPolicy(version=event.version, mode=event.mode)
