"""Register a person as a developer: from then on he may own apps."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Email, Name
from commands.work import Work
from domain.developer import Developer
from domain.personal import Personal
from domain.state import Stream


class RegisterDeveloper(Command):
    TARGET: ClassVar[str] = "developer_id"
    HIMSELF: ClassVar[str | None] = "developer_id"

    developer_id: UUID
    name: Name
    email: Email


def reads(command: RegisterDeveloper) -> list[Stream]:
    return [Developer.at(command.developer_id)]


def register_developer(command: RegisterDeveloper, work: Work) -> None:
    developer = work.load(Developer, command.developer_id)
    work.record(developer, developer.state.register(Personal(command.name), Personal(command.email)))
