"""What every command is, and how one is wrapped on its way in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from commands.principal import Principal


class Command(BaseModel):
    """A request, whose constraints are checked when it is read: a command that exists is well-formed.

    Strict: JSON's types are meant as they are written, "yes" is no boolean. Errors and reprs end up in logs, so they show nothing of what
    was sent: it may be about a person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    TARGET: ClassVar[str]
    """The field that names what the command is about: the subject of its message, and the target of its refusal."""
    HIMSELF: ClassVar[str | None] = None
    """The field that names the developer who may send it of himself; none: it is about nobody in person."""

    @property
    def target(self) -> UUID:
        """The id of what this command is about."""
        target: UUID = getattr(self, self.TARGET)
        return target

    @property
    def himself(self) -> UUID | None:
        """The developer who may send this command of himself."""
        return None if self.HIMSELF is None else getattr(self, self.HIMSELF)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.target}>"

    __str__ = __repr__


class AppCommand(Command):
    """A command on an app, its credentials or its approval; all of them say which app."""

    TARGET: ClassVar[str] = "app_id"

    app_id: UUID


class TeamCommand(Command):
    """A command on a team."""

    TARGET: ClassVar[str] = "team_id"

    team_id: UUID


class Envelope(NamedTuple):
    """A well-formed command from a proven principal, with what its message said of it. A named tuple, because each command makes one."""

    command_id: UUID
    name: str
    command: Command
    principal: Principal
    digest: bytes
    """HMAC-SHA256 of the request as it was sent: tells a repeat from another request under the same id."""
    on_behalf_of: UUID | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    claimed_at: datetime | None = None
    """What the sender's clock said; kept, and decides nothing."""
    traceparent: str | None = None
    if_version: int | None = None
    """The version that the target must still have: how many events its stream holds. None: whatever it has."""

    @property
    def person(self) -> UUID | None:
        """The developer whose rights count: the one acted for, else the person who acts."""
        return self.on_behalf_of if self.on_behalf_of is not None else self.principal.person_id
