"""The reference of the bus: not stale, and true of the messages that are really sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from adapters.http.examples import DATA
from adapters.kafka.events_feed import EventsFeed
from adapters.kafka.topics import EVENTS
from adapters.kafka.worker import Worker
from adapters.postgres.following import Follower
from adapters.reference import headers
from adapters.reference.__main__ import FOLDER, files
from adapters.settings import Settings
from tests.kafka.bus import Bus, as_headers
from tests.kafka.world import World

GOLDEN = Path(__file__).parent.parent / "golden" / "events.ndjson"


def schema(path: str) -> Draft202012Validator:
    found = json.loads((FOLDER / "schemas" / path).read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_no_file_of_the_reference_is_stale_or_left_over() -> None:
    for path, text in files().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale; run: make docs"
    assert set((FOLDER / "schemas").rglob("*.json")) == {path for path in files() if path.suffix == ".json"}


@pytest.mark.parametrize("name", DATA)
def test_the_examples_are_what_the_schemas_of_commands_say(name: str) -> None:
    schema(f"commands/{name}.json").validate(DATA[name])
    assert list(schema(f"commands/{name}.json").iter_errors({}))


def test_every_golden_event_of_a_current_name_is_what_its_schema_says() -> None:
    seen = set()
    for line in GOLDEN.read_text("utf-8").splitlines():
        golden = json.loads(line)
        path = f"events/{golden['event']}.json"
        if (FOLDER / "schemas" / path).exists():
            schema(path).validate(golden["payload"])
            schema(path).validate({**golden["payload"], "a field of tomorrow": 1})
            seen.add(path)
    assert seen == {f"events/{each.name}" for each in (FOLDER / "schemas" / "events").iterdir()}


def conforms(said: dict[str, str], kind: tuple[headers.Header, ...]) -> None:
    Draft202012Validator(headers.as_schema(kind), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(said)
    assert set(said) <= {header.name for header in kind}


def test_real_messages_have_the_headers_and_values_that_are_documented(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    token, olga = world.token("developer:olga"), world.person("olga")
    attributes: dict[str, Any] = {"correlationid": "c", "causationid": "d", "traceparent": "t", "replyto": "elsewhere"}
    attributes["time"] = "2026-03-01T12:00:00Z"
    sent = [
        bus.send(*world.register("olga"), token, **attributes),
        bus.send(*world.create("nobody"), world.admin),
        bus.send("app.create.v1", {"app_id": "no id"}, token),
        bus.send(*world.create("olga"), "forged"),
    ]
    for command_id in sent:
        said = bus.reply(command_id)
        schema("reply.json").validate(said)
        conforms(bus.replies[command_id][0].headers, headers.REPLY)
    conforms({name: value.decode() for name, value in as_headers(sent[0], "a.b.v1", token, str(olga), attributes).items()}, headers.COMMAND)
    bus.do(*world.create("olga"), world.token("service:billing", may_act=[olga]), onbehalfof=str(olga))
    with Follower(settings.database, EventsFeed(settings)):
        bus.until(lambda: len(bus.heard[EVENTS]) >= 5, "events")
    for event in bus.heard[EVENTS]:
        conforms(event.headers, headers.EVENT)
        schema(f"events/{event.headers['ce_type']}.json").validate(event.said)
    bus.put(b"\xff", {}, b"odd")
    bus.until(lambda: bool(list(bus.quarantined())), "quarantine")
    conforms(next(bus.quarantined()).headers, headers.QUARANTINED)
