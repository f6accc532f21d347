"""Change a developer's name or e-mail address; what is not given stays."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Email, Name
from commands.work import Work
from domain.developer import Developer
from domain.personal import Personal
from domain.state import Stream


class ChangeDeveloper(Command):
    TARGET: ClassVar[str] = "developer_id"
    HIMSELF: ClassVar[str | None] = "developer_id"

    developer_id: UUID
    name: Name | None = None
    email: Email | None = None


def reads(command: ChangeDeveloper) -> list[Stream]:
    return [Developer.at(command.developer_id)]


def change_developer(command: ChangeDeveloper, work: Work) -> None:
    developer = work.load(Developer, command.developer_id)
    name = None if command.name is None else Personal(command.name)
    email = None if command.email is None else Personal(command.email)
    work.record(developer, developer.state.change(name, email))
