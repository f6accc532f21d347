"""What was ever stored loads for ever, and what is stored does not change unnoticed."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from adapters.postgres.codec import EventCodec, topics_of
from domain.app import AppDeleted
from domain.developer import DeveloperRegistered
from domain.event import Event
from domain.stored_names import EVENT_NAMES
from domain.upcasts import UPCASTS
from tests.golden.keys import GoldenSealer
from tests.golden.pin import pinned, schema

CODEC = EventCodec(GoldenSealer())
CURRENT = set(EVENT_NAMES.values())
NEW_VERSION = """
Events of this name lie in logs already, and old ones must load for ever. Leave its name to the old form and make a new version:
1. domain/stored_names.py: give the type the next version as its name ({name} -> ...v2, v3);
2. domain/upcasts.py: say how the old payload becomes the new one;
3. tests/golden/events.ndjson: add a line of the new version, and leave the old lines;
4. run: python -m tests.golden.pin
"""


class Line(NamedTuple):
    event: str
    stream: str
    payload: dict[str, Any]

    @property
    def stored(self) -> bytes:
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()


LINES = [Line(**json.loads(line)) for line in Path(__file__).with_name("events.ndjson").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.event)
def test_every_event_ever_stored_loads(line: Line) -> None:
    event = CODEC.decode(line.stream, line.event, line.stored)
    assert line.event in topics_of({type(event)})


@pytest.mark.parametrize(
    "line", [line for line in LINES if line.event in CURRENT and "developer" not in line.event], ids=lambda line: line.event
)
def test_what_is_written_today_is_what_was_written_then(line: Line) -> None:
    event = CODEC.decode(line.stream, line.event, line.stored)
    assert CODEC.encode(line.stream, event) == (line.event, line.stored)


def test_golden_personal_data_open_to_what_was_sealed() -> None:
    line = next(line for line in LINES if line.event == "developer.registered.v1")
    event = CODEC.decode(line.stream, line.event, line.stored)
    assert isinstance(event, DeveloperRegistered)
    assert (str(event.name), str(event.email)) == ("Ada Lovelace", "ada@example.com")


def test_every_name_that_was_ever_pinned_has_a_golden_line() -> None:
    missing = ({*CURRENT, *UPCASTS, *pinned()}) - {line.event for line in LINES}
    assert not missing, f"add a line that was really stored to tests/golden/events.ndjson for: {', '.join(sorted(missing))}"


def test_every_golden_line_has_a_name_that_can_be_read() -> None:
    assert {line.event for line in LINES} <= {*CURRENT, *UPCASTS}


@pytest.mark.parametrize(("event", "name"), EVENT_NAMES.items(), ids=EVENT_NAMES.values())
def test_a_changed_schema_has_a_new_version(event: type[Event], name: str) -> None:
    assert name in pinned(), f"{name} is new: add a line to tests/golden/events.ndjson, and run: python -m tests.golden.pin"
    assert schema(event) == pinned()[name], f"the schema of {name} changed.{NEW_VERSION.format(name=name)}"


def test_no_pinned_name_was_dropped() -> None:
    dropped = pinned().keys() - CURRENT - UPCASTS.keys()
    assert not dropped, f"events of these names lie in logs; say in domain/upcasts.py how they are read: {', '.join(sorted(dropped))}"


def test_the_first_version_of_app_deleted_loads_as_the_second_without_a_reason() -> None:
    assert CODEC.decode("app-1", "app.deleted.v1", b"{}") == AppDeleted(reason=None)
