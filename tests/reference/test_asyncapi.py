"""The AsyncAPI file is one: what version 3.0 of the specification asks for, as far as we use it, and every reference leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from adapters.kafka.topics import TOPICS
from adapters.reference.__main__ import FOLDER
from commands.catalogue import CATALOGUE
from commands.outcome import OutcomeKind
from domain.stored_names import EVENT_NAMES

Node = dict[str, Any]
DOCUMENT: Final[Node] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text("utf-8"))
CHANNELS: Final[Node] = DOCUMENT["channels"]
OPERATIONS: Final[Node] = DOCUMENT["operations"]
MESSAGES: Final[Node] = DOCUMENT["components"]["messages"]
MAY_HOLD: Final = {
    "document": {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"},
    "channel": {"address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs", "bindings"},
    "operation": {"action", "channel", "title", "summary", "description", "security", "tags", "bindings", "traits", "messages", "reply"},
    "message": {"headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "bindings", "examples"},
}


def resolved(reference: str) -> Any:  # noqa: ANN401 - JSON
    """What a reference leads to. Raises KeyError, FileNotFoundError."""
    if reference.startswith("./"):
        return json.loads((FOLDER / reference).read_text("utf-8"))
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(part: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every reference in it."""
    if isinstance(part, list):
        for each in part:
            yield from references(each)
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
            assert list(part) == ["$ref"], "what stands beside a reference is passed over"
        for each in part.values():
            yield from references(each)


def header_named(location: str, message: Node) -> Node:
    """The header that a runtime expression names."""
    where, _, name = location.partition("#/")
    assert where == "$message.header"
    header: Node = resolved(message["headers"]["$ref"])["properties"][name]
    return header


def test_the_document_holds_what_it_must_and_nothing_else() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert set(DOCUMENT) <= MAY_HOLD["document"]
    for kind, parts in (("channel", CHANNELS), ("operation", OPERATIONS), ("message", MESSAGES)):
        for part in parts.values():
            assert set(part) <= MAY_HOLD[kind]


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    for reference in found:
        assert resolved(reference)
    files = {reference.removeprefix("./schemas/") for reference in found if reference.startswith("./")}
    assert files == {path.relative_to(FOLDER / "schemas").as_posix() for path in (FOLDER / "schemas").rglob("*.json")}
    with pytest.raises(KeyError):
        resolved("#/components/messages/app.painted.v1")


def test_every_topic_is_a_channel_and_every_message_is_on_one() -> None:
    told = {channel["address"]: [reference["$ref"] for reference in channel["messages"].values()] for channel in CHANNELS.values()}
    asked = told.pop(None)
    assert set(told) == {topic.name for topic in TOPICS}
    assert asked == told["launchpad.replies"]
    assert {reference.rpartition("/")[2] for each in told.values() for reference in each} == set(MESSAGES)
    names = {"command": CATALOGUE, "event": EVENT_NAMES.values(), "reply": [f"command.{kind}.v1" for kind in OutcomeKind]}
    names["access"] = ["app.v1", "credential.v1", "product.v1", "subscription.v1"]
    assert set(MESSAGES) == {f"{kind}.{name}" for kind in names for name in names[kind]} | {"quarantined"}
    assert all(key in {message["name"], f"{key.partition('.')[0]}.{message['name']}"} for key, message in MESSAGES.items())


def test_no_two_schemas_have_one_id() -> None:
    ids = [json.loads(path.read_text("utf-8"))["$id"] for path in (FOLDER / "schemas").rglob("*.json")]
    assert len(ids) == len(set(ids)) > 60


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_is_on_a_channel(operation: Node) -> None:
    assert operation["action"] in {"send", "receive"}
    channel = operation["channel"]["$ref"]
    assert channel.removeprefix("#/channels/") in CHANNELS
    if "reply" not in operation:
        return
    # The specification: a reply's channel has no address of its own where messages name one.
    assert resolved(operation["reply"]["channel"]["$ref"])["address"] is None
    for message in resolved(channel)["messages"].values():
        assert header_named(operation["reply"]["address"]["location"], resolved(message["$ref"]))


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_the_headers_and_payload_of_every_message_are_schemas(message: Node) -> None:
    headers = resolved(message["headers"]["$ref"])
    Draft202012Validator.check_schema(headers)
    assert headers["type"] == "object"
    if "correlationId" in message:
        assert header_named(message["correlationId"]["location"], message)["format"] == "uuid"
    if "payload" in message:
        assert message["payload"]["schemaFormat"] == "application/schema+json;version=draft-2020-12"
        schema = resolved(message["payload"]["schema"]["$ref"])
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["type"] == "object"
