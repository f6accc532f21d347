"""The approval policy: what is decided without a person. None stored: everything is reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.approval_rules import PolicyAnswer, PolicyInput, Rule, WhenChanged
from domain.event import Event
from domain.refused import Refused
from domain.state import State


class PolicyMode(StrEnum):
    """How the policy answers: everything with approve, everything with review, or by rules."""

    AUTO = "auto"
    MANUAL = "manual"
    CONDITIONAL = "conditional"


NO_RULE_HELD = "no_rule_held"
"""What is named as the rule where none held: a person decides then."""
NEEDS_NO_APPROVAL = "needs_no_approval"
"""What is named as the rule where the product has come to need no approval, which wins over the policy."""
NOT_RULES = frozenset({PolicyMode.AUTO.value, PolicyMode.MANUAL.value, NO_RULE_HELD, NEEDS_NO_APPROVAL})
"""Names that decisions have without any rule, so that no rule may have them."""


class PolicyDecision(NamedTuple):
    """An answer, with the version and the rule that gave it."""

    answer: PolicyAnswer
    version: int
    rule: str
    reason: str | None


class ApprovalPolicySet(Event):
    version: int
    mode: PolicyMode
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class ApprovalPolicy(State):
    """The policy in force. Version 0 is the one before any was set: manual."""

    KIND: ClassVar[str] = "policy"

    version: int = 0
    mode: PolicyMode = PolicyMode.MANUAL
    rules: tuple[Rule, ...] = ()

    def set(self, mode: PolicyMode, rules: tuple[Rule, ...], based_on: int | None) -> list[ApprovalPolicySet]:
        """Put a new version in force; `based_on` names the version that its author saw."""
        if self.version and (self.mode, self.rules) == (mode, rules):
            return []
        if based_on is not None and based_on != self.version:
            raise Refused("policy_changed", f"the policy in force is version {self.version}; look at it, then set yours")
        return [ApprovalPolicySet(version=self.version + 1, mode=mode, rules=rules)]

    def decide(self, asked: PolicyInput) -> PolicyDecision:
        """Answer one product request: by the first rule that holds; where none does, a person decides."""
        if self.mode is not PolicyMode.CONDITIONAL:
            answer = PolicyAnswer.APPROVE if self.mode is PolicyMode.AUTO else PolicyAnswer.REVIEW
            return PolicyDecision(answer, self.version, rule=self.mode.value, reason=None)
        for rule in self.rules:
            if rule.when.hold_for(asked):
                return PolicyDecision(rule.then, self.version, rule.name, rule.reason)
        return PolicyDecision(PolicyAnswer.REVIEW, self.version, NO_RULE_HELD, reason=None)

    def keeps_open(self, rule: str) -> bool:
        """Whether what the rule of this name let in stays open when its app changes; a rule that is no more says no such thing."""
        return any(each.name == rule and each.when_changed is WhenChanged.STAY_OPEN for each in self.rules)

    def evolve(self, event: ApprovalPolicySet) -> ApprovalPolicy:
        """History is never refused: no rule may be checked here."""
        return ApprovalPolicy(version=event.version, mode=event.mode, rules=event.rules)
