"""YAML, and JSON, which is YAML nearly always, as plain values with the place of each; what only surprises is refused.

Text, numbers, true, false and null as YAML 1.2 has them (`no` is text, `1:30` too); no anchors and aliases, which can blow up a small
file, no tags, no second document, no key twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
Path = tuple[int | str, ...]


class Place(NamedTuple):
    """Where something stands; both count from 1."""

    line: int
    column: int


class NotRead(Exception):
    """What is wrong, and where."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Read:
    """What was read; `places` tells where the key of each field stands, and each item of a list."""

    value: Any
    places: dict[Path, Place]


def read_yaml(text: str, *, bytes_max: int, depth_max: int) -> Read:
    """Read one document. Raises NotRead."""
    if len(text.encode("utf-8", "surrogatepass")) > bytes_max:
        raise NotRead(Place(1, 1), f"larger than {bytes_max} bytes")
    reading = _Reading(yaml.parse(_with_spaces(text), Loader=yaml.SafeLoader), depth_max)
    try:
        return reading.document()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise NotRead(place, f"holds a character that YAML does not allow: U+{int(error.character):04X}") from None
    except yaml.MarkedYAMLError as error:
        reason = " ".join(part for part in (error.problem, error.context) if part)
        raise NotRead(_place(error.problem_mark or error.context_mark), f"is no YAML: {reason}") from None


def _with_spaces(text: str) -> str:
    """JSON may be indented by tabs, and YAML may not; inside of JSON's strings none can stand as it is."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


def _place(mark: Any) -> Place:  # noqa: ANN401 - yaml types no mark
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Reading:
    """One document under way, event by event, so that nothing is built before it is known to be small and plain."""

    events: Iterator[yaml.Event]
    depth_max: int
    places: dict[Path, Place] = field(default_factory=dict)

    def document(self) -> Read:
        next(self.events)  # The stream begins.
        begin = next(self.events)
        if isinstance(begin, yaml.StreamEndEvent):
            raise NotRead(Place(1, 1), "is empty")
        self.places[()] = Place(1, 1)
        value = self._value(next(self.events), ())
        next(self.events)  # The document ends.
        more = next(self.events)
        if not isinstance(more, yaml.StreamEndEvent):
            raise NotRead(_place(more.start_mark), "holds a second document; one policy is one document")
        return Read(value, self.places)

    def _value(self, event: yaml.Event, path: Path) -> Any:  # noqa: ANN401 - whatever is written there
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise NotRead(place, "anchors (&) and aliases (*) are not read here: write it out; text that begins so is quoted")
        if getattr(event, "tag", None) is not None:
            raise NotRead(place, "tags (!) are not read here; text that begins so is quoted")
        if len(path) > self.depth_max:
            raise NotRead(place, f"nests deeper than {self.depth_max}")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, place)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            place = _place(event.start_mark)
            key = self._value(event, path) if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)) else None
            if isinstance(key, (bool, int, float)):
                raise NotRead(place, f"a field's name is text: quote {event.value}")  # type: ignore[attr-defined] # a scalar's
            if not isinstance(key, str):
                raise NotRead(place, "a field's name is text")
            if key in found:
                raise NotRead(place, f"names {key!r} twice, first in line {self.places[*path, key].line}")
            self.places[*path, key] = place
            found[key] = self._value(next(self.events), (*path, key))
        return found

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(found))
            self.places[here] = _place(event.start_mark)
            found.append(self._value(event, here))
        return found


def _scalar(event: yaml.ScalarEvent, place: Place) -> str | int | float | bool | None:
    text = event.value
    if event.style is None:  # Neither quoted nor a block.
        if text in NULL:
            return None
        if text in BOOLEANS:
            return BOOLEANS[text]
        if INTEGER.fullmatch(text):
            return int(text)
        if FLOAT.fullmatch(text):
            return float(text)
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")  # JSON spells what lies beyond U+FFFF as two escapes.
    except UnicodeDecodeError:
        raise NotRead(place, "holds half of a surrogate pair, which is no character") from None
