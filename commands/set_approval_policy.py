"""Put a new version of the approval policy in force; what waits already, waits on until it is re-evaluated."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from commands.command import Command
from commands.policy_rules import WrittenRules, as_rules
from commands.work import Work
from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.derived_ids import POLICY_ID
from domain.state import Stream

VERSION_MAX = 2**31 - 1
"""Far above what people set by hand, and an integer everywhere."""


class SetApprovalPolicy(Command):
    """`rules` come with the mode conditional: the first that holds decides, and where none does, a person.

    `based_on` is the version that its author saw (0: none was set); another one in force refuses.
    """

    mode: PolicyMode
    rules: WrittenRules = ()
    based_on: Annotated[int, Field(ge=0, le=VERSION_MAX)] | None = None

    @model_validator(mode="after")
    def _has_rules_where_they_count(self) -> Self:
        if (self.mode is PolicyMode.CONDITIONAL) is not bool(self.rules):
            raise ValueError("a conditional policy has at least one rule; the modes auto and manual have none")
        return self

    @property
    def target(self) -> UUID:
        return POLICY_ID


def reads(command: SetApprovalPolicy) -> list[Stream]:
    del command  # There is one policy.
    return [ApprovalPolicy.at(POLICY_ID)]


def set_approval_policy(command: SetApprovalPolicy, work: Work) -> None:
    policy = work.load(ApprovalPolicy, POLICY_ID)
    work.record(policy, policy.state.set(command.mode, as_rules(command.rules), command.based_on))
