"""Put a new version of the approval policy in force; what waits already, waits on."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from commands.command import Command
from commands.work import Work
from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.derived_ids import POLICY_ID
from domain.state import Stream

VERSION_MAX = 2**31 - 1
"""Far above what people set by hand, and an integer everywhere."""


class SetApprovalPolicy(Command):
    """`based_on` is the version that its author saw (0: none was set); another one in force refuses."""

    mode: PolicyMode
    based_on: Annotated[int, Field(ge=0, le=VERSION_MAX)] | None = None

    @property
    def target(self) -> UUID:
        return POLICY_ID


def reads(command: SetApprovalPolicy) -> list[Stream]:
    del command  # There is one policy.
    return [ApprovalPolicy.at(POLICY_ID)]


def set_approval_policy(command: SetApprovalPolicy, work: Work) -> None:
    policy = work.load(ApprovalPolicy, POLICY_ID)
    work.record(policy, policy.state.set(command.mode, command.based_on))
