"""What the log knows of an event, beside the event itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Generic, NamedTuple
from uuid import UUID, uuid5

from typing_extensions import TypeVar

from domain.event import Event
from domain.state import UUID_CHARACTERS, id_in

PERSON: Final = "person:"
"""How a principal begins that is a person; his developer id follows."""
E_co = TypeVar("E_co", bound=Event, covariant=True, default=Event)


class Recorded(NamedTuple, Generic[E_co]):
    """An event in its place: who, when, where. A named tuple, because followers make one for each event of the log."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    app_id: UUID | None
    event: E_co
    principal: str = ""
    on_behalf_of: UUID | None = None
    command_id: UUID | None = None
    correlation_id: str | None = None
    causation_id: str | None = None

    @property
    def id(self) -> UUID:
        """The aggregate's id: what the stream's name ends with."""
        return id_in(self.stream)

    @property
    def id_text(self) -> str:
        """The aggregate's id as text: what rows are keyed by in hot loops, where UUID objects cost more."""
        return self.stream[-UUID_CHARACTERS:]

    @property
    def person(self) -> UUID | None:
        """The developer whose rights counted: the one acted for, else the person who acted; none where a service or the system did."""
        if self.on_behalf_of is None and self.principal.startswith(PERSON):
            return UUID(self.principal[len(PERSON) :])
        return self.on_behalf_of

    @property
    def event_id(self) -> UUID:
        """The event's stable id, derived from its place: UUIDv5(stream id, version)."""
        return event_id(self.stream, self.version)


def event_id(stream: str, version: int) -> UUID:
    """UUIDv5 of the stream's UUID and what stands before and after it, so that nobody has to keep event ids."""
    return uuid5(UUID(stream[-UUID_CHARACTERS:]), f"{stream[:-UUID_CHARACTERS]}{version}")
