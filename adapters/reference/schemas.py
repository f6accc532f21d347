"""JSON Schemas of commands, events and replies, one file each, made from their models."""

from __future__ import annotations

from sys import modules
from typing import Any, Final

from commands.catalogue import CATALOGUE, Entry
from commands.outcome import OutcomeKind
from domain.event import Event
from domain.stored_names import EVENT_NAMES
from domain.upcasts import UPCASTS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Every schema, by the path of its file below docs/reference/schemas/."""
    commands = {f"commands/{name}.json": command_schema(name, entry) for name, entry in CATALOGUE.items()}
    events = {f"events/{name}.json": event_schema(event) for event, name in EVENT_NAMES.items()}
    return {**commands, **events, "reply.json": reply_schema()}


def command_schema(name: str, entry: Entry) -> Schema:
    """What a sender may send."""
    return _titled("command", name, what(entry.command), entry.command.model_json_schema())


def event_schema(event: type[Event]) -> Schema:
    """What a follower gets. Fields may be added to a name; whatever else changes gets a new one."""
    schema = event.model_json_schema(mode="serialization")
    return _titled("event", EVENT_NAMES[event], f"{event.__name__}: {what(event)}", _open(schema))


def reply_schema() -> Schema:
    """What every command is answered with."""
    text = {"type": ["string", "null"]}
    error = {"type": "object", "properties": {"field": {"type": "string"}, "reason": {"type": "string"}}, "required": ["field", "reason"]}
    properties = {
        "command_id": {"type": "string", "format": "uuid"},
        "outcome": {"enum": [kind.value for kind in OutcomeKind]},
        "position": {
            "type": ["integer", "null"],
            "description": "The place in the log to wait for, to read one's own write; with accepted and refused only.",
        },
        "code": {**text, "description": "Why it was not accepted; stable, made for programs."},
        "sentence": {**text, "description": "Why it was not accepted; made for people."},
        "errors": {"type": "array", "items": error, "description": "With invalid: which fields, and what is wrong with them."},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return _titled("reply", "command.*.v1", "The reply to a command.", schema)


def older_versions() -> dict[str, str]:
    """The names that old events still have, and the ones that they are read as."""
    return {old: new for old, (new, _) in UPCASTS.items()}


def what(model: type[object]) -> str:
    """What the file of a command or an aggregate says first."""
    return " ".join((modules[model.__module__].__doc__ or "").split())


def _titled(kind: str, name: str, description: str, schema: Schema) -> Schema:
    # With its kind: policy.set.v1 is a command and an event.
    return {"$schema": DIALECT, "$id": f"urn:launchpad-apps:{kind}:{name}", **schema, "title": name, "description": description}


def _open(part: Any) -> Any:  # noqa: ANN401 - a JSON schema is any JSON
    """Let followers pass over fields that they do not know yet."""
    if isinstance(part, list):
        return [_open(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {key: _open(value) for key, value in part.items() if (key, value) != ("additionalProperties", False)}
