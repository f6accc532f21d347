"""Events as bytes and back: by their stored names, through pydantic's own serialiser, personal data sealed under the person's key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from domain.developer import Developer
from domain.event import Event
from domain.personal import OPEN, SEAL, Personal
from domain.state import UUID_CHARACTERS
from domain.stored_names import EVENT_NAMES
from domain.upcasts import UPCASTS, Payload, Upcast, version_of

NOTHING: Final = b"{}"
"""What an event without fields is stored as."""


class Sealer(Protocol):
    """Seals and opens a person's data; prepared for all persons of a batch or page at once."""

    def seal(self, person: UUID, text: str) -> str:
        """Seal a text under that person's key."""
        ...

    def open(self, person: UUID, sealed: str) -> str:
        """Open what was sealed under that person's key."""
        ...

    def prepare_sealing(self, persons: Iterable[UUID]) -> None:
        """Have these persons' keys at hand, new ones where there were none."""
        ...

    def prepare_opening(self, persons: Iterable[UUID]) -> None:
        """Have these persons' keys at hand."""
        ...


class WithoutKeys:
    """A sealer for those who read no personal data: it refuses any."""

    def seal(self, person: UUID, text: str) -> str:
        del person, text
        raise LookupError("personal data can't be sealed here: no keys were given")

    def open(self, person: UUID, sealed: str) -> str:
        del person, sealed
        raise LookupError("personal data can't be opened here: no keys were given")

    def prepare_sealing(self, persons: Iterable[UUID]) -> None:
        """Have nothing at hand."""

    def prepare_opening(self, persons: Iterable[UUID]) -> None:
        """Have nothing at hand."""


class UnknownEvent(Exception):
    """The log holds an event that this version of the program does not know: an upgrade is needed; nothing may be skipped."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the log holds an event named {name}, which this version of the program does not know: run a newer version")
        self.name = name


class Stored(NamedTuple):
    """An event as it is stored."""

    topic: str
    state: bytes


class Form(NamedTuple):
    """How one type of event is written and read."""

    topic: str
    write: Callable[..., bytes]
    read: Callable[..., Any]
    personal: bool
    only: Event | None
    """The one event of a type without fields."""


def is_personal(annotation: Any) -> bool:  # noqa: ANN401 - annotations are anything
    """Whether a type holds personal data, itself or inside."""
    if annotation is Personal:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(is_personal(field.annotation) for field in annotation.model_fields.values())
    return any(is_personal(argument) for argument in getattr(annotation, "__args__", ()))


def form(event: type[Event], topic: str) -> Form:
    """Look at a type of event once, so that nothing is looked up for each event."""
    only = None if event.model_fields else event()
    return Form(topic, event.__pydantic_serializer__.to_json, event.__pydantic_validator__.validate_json, is_personal(event), only)


FORMS: Final[Mapping[type[Event], Form]] = {event: form(event, topic) for event, topic in EVENT_NAMES.items()}
BY_TOPIC: Final[Mapping[str, Form]] = {each.topic: each for each in FORMS.values()}
PERSONAL_EVENTS: Final = frozenset(event for event, each in FORMS.items() if each.personal)
PERSONS: Final = f"{Developer.KIND}-"
"""How the streams of persons begin; no other stream may hold personal data."""


class EventCodec:
    """Turns events into bytes and back."""

    def __init__(self, sealer: Sealer, upcasts: Mapping[str, Upcast] = UPCASTS) -> None:
        self.sealer = sealer
        self._upcasts = upcasts

    def encode(self, stream: str, event: Event) -> Stored:
        """Write an event; personal data are sealed for the person whose stream it is."""
        topic, write, _, personal, only = FORMS[type(event)]
        if only is not None:
            return Stored(topic, NOTHING)
        if personal:
            return Stored(topic, write(event, context={SEAL: _for_one(self.sealer.seal, stream)}))
        return Stored(topic, write(event))

    def decode(self, stream: str, topic: str, state: bytes) -> Event:
        """Read an event, of whatever version. Raises UnknownEvent."""
        known = BY_TOPIC.get(topic)
        if known is None:
            return self._decode_old(stream, topic, state)
        if known.only is not None and state == NOTHING:
            return known.only
        context = {OPEN: _for_one(self.sealer.open, stream)} if known.personal else None
        event: Event = known.read(state, context=context)
        return event

    def _decode_old(self, stream: str, topic: str, state: bytes) -> Event:
        if topic not in self._upcasts:
            raise UnknownEvent(topic)
        payload: Payload = from_json(state)
        while topic in self._upcasts:
            topic, upcast = self._upcasts[topic]
            payload = upcast(payload)
        return self.decode(stream, topic, to_json(payload))


def topics_of(events: Collection[type[Event]]) -> list[str]:
    """All names, old and current, under which these events are stored."""
    topics = {EVENT_NAMES[event] for event in events}
    for old in sorted(UPCASTS, key=version_of, reverse=True):
        if UPCASTS[old][0] in topics:
            topics.add(old)
    return sorted(topics)


def person_of(stream: str) -> UUID:
    """The person whose stream it is. Raises ValueError where it is nobody's."""
    if not stream.startswith(PERSONS):
        raise ValueError(f"personal data may stand in a person's own stream only, not in {stream}")
    return UUID(stream[-UUID_CHARACTERS:])


def persons_of(streams: Iterable[str]) -> set[UUID]:
    """The persons whose streams are among these."""
    return {person_of(stream) for stream in streams if stream.startswith(PERSONS)}


def _for_one(do: Callable[[UUID, str], str], stream: str) -> Callable[[str], str]:
    person = person_of(stream)
    return lambda value: do(person, value)
