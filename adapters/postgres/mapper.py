"""The eventsourcing library's mapper on our log: stored events as `Recorded`, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from eventsourcing.persistence import Mapper, Notification, StoredEvent

from adapters.postgres.codec import EventCodec, Sealer, WithoutKeys
from domain.recorded import Recorded

UNKNOWN_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
"""The library reads five columns; the time of an event is not among them."""


class KeepsSealed(WithoutKeys):
    """For readers who get no keys: personal data stay as they are stored."""

    def open(self, person: object, sealed: str) -> str:
        """Leave it sealed."""
        del person
        return sealed


class LogMapper(Mapper[str]):
    """Turns what the library's recorder reads into `Recorded`. Who caused an event, and when, the library does not read."""

    def __init__(self, *_: Any, sealer: Sealer | None = None, **__: Any) -> None:  # noqa: ANN401 - the library's transcoder and the like
        self._codec = EventCodec(sealer or KeepsSealed())

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401 - the library expects its own kind of event
        """Read an event. Raises UnknownEvent."""
        stream = str(stored_event.originator_id)
        event = self._codec.decode(stream, stored_event.topic, stored_event.state)
        position = stored_event.id if isinstance(stored_event, Notification) else 0
        return Recorded(position, stream, stored_event.originator_version, UNKNOWN_TIME, None, event)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:  # noqa: ANN401 - see to_domain_event
        """Write an event."""
        recorded: Recorded[Any] = domain_event
        topic, state = self._codec.encode(recorded.stream, recorded.event)
        return StoredEvent(originator_id=recorded.stream, originator_version=recorded.version, topic=topic, state=state)
