"""Deactivate a developer, for good: nothing is opened on his authority afterwards."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Reason
from commands.work import Work
from domain.developer import Developer
from domain.state import Stream


class DeactivateDeveloper(Command):
    TARGET: ClassVar[str] = "developer_id"

    developer_id: UUID
    reason: Reason


def reads(command: DeactivateDeveloper) -> list[Stream]:
    return [Developer.at(command.developer_id)]


def deactivate_developer(command: DeactivateDeveloper, work: Work) -> None:
    developer = work.load(Developer, command.developer_id)
    work.record(developer, developer.state.deactivate(command.reason))
