"""Pages of stored events to events: each type in one call, which is half the cost of one call for each event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from adapters.postgres.codec import BY_TOPIC, FORMS, NOTHING, PERSONAL_EVENTS, EventCodec, UnknownEvent, persons_of
from adapters.postgres.pages import NAME, PAYLOAD, POSITION, STREAM, Columns
from adapters.postgres.stopped import CannotDecode, UpgradeNeeded
from adapters.vault.personal_data import CannotOpen
from domain.event import Event
from domain.stored_names import EVENT_NAMES
from domain.upcasts import UPCASTS, Upcast

CURRENT: Final[Mapping[str, type[Event]]] = {name: event for event, name in EVENT_NAMES.items()}


class PageDecoder:
    """Decodes the events of some types; tells which stored names can be passed over unread."""

    def __init__(self, codec: EventCodec, events: Collection[type[Event]], upcasts: Mapping[str, Upcast] = UPCASTS) -> None:
        self._codec = codec
        kinds = {name: _kind(name, upcasts) for name in [*CURRENT, *upcasts]}
        self.kinds: Mapping[str, type[Event]] = {name: kind for name, kind in kinds.items() if kind in events}
        """The event that each wanted stored name reads as, old versions included."""
        self.passed_over: Sequence[str] = sorted(kinds.keys() - self.kinds.keys())
        """The names that are known and not wanted."""
        self._whole: Mapping[str, TypeAdapter[list[Any]]] = {
            name: TypeAdapter(list[kind])  # type: ignore[valid-type] # a list of what the table says
            for name, kind in self.kinds.items()
            if name in CURRENT and kind not in PERSONAL_EVENTS and FORMS[kind].only is None
        }

    def decode(self, columns: Columns) -> Sequence[Event]:
        """Read a page's events, in order. Raises UpgradeNeeded and CannotDecode."""
        names: Sequence[str] = columns[NAME]
        payloads: Sequence[bytes] = columns[PAYLOAD]
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            try:
                places[name].append(place)
            except KeyError:
                places[name] = [place]
        for name, at in places.items():
            if name not in self.kinds:
                raise UpgradeNeeded(columns[POSITION][at[0]], name)
        events: list[Any] = [None] * len(names)
        for name, at in places.items():
            whole = self._whole.get(name)
            if whole is None:
                self._one_by_one(columns, at, events)
                continue
            try:
                read = whole.validate_json(b"[" + b",".join([payloads[place] for place in at]) + b"]")
            except ValueError:
                read = []
            if len(read) != len(at):
                self._one_by_one(columns, at, events)  # Finds the one that can't be read, and says where it stands.
                continue
            for place, event in zip(at, read, strict=True):
                events[place] = event
        return events

    def _one_by_one(self, columns: Columns, at: Sequence[int], events: list[Any]) -> None:
        streams, names, payloads = columns[STREAM], columns[NAME], columns[PAYLOAD]
        form = BY_TOPIC.get(names[at[0]])
        if form is not None and form.only is not None and all(payloads[place] == NOTHING for place in at):
            for place in at:
                events[place] = form.only
            return
        self._codec.sealer.prepare_opening(persons_of(streams[place] for place in at))
        for place in at:
            try:
                events[place] = self._codec.decode(streams[place], names[place], payloads[place])
            except UnknownEvent as unknown:
                raise UpgradeNeeded(columns[POSITION][place], unknown.name) from unknown
            except (ValueError, CannotOpen):
                # From none: pydantic's error would quote the payload.
                raise CannotDecode(columns[POSITION][place], names[place]) from None


def _kind(name: str, upcasts: Mapping[str, Upcast]) -> type[Event]:
    while name in upcasts:
        name = upcasts[name][0]
    return CURRENT[name]
