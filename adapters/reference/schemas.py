"""JSON Schemas of commands, events and replies, one file each, made from their models."""

from __future__ import annotations

from sys import modules
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter

from adapters.postgres.access_rows import TABLES as ACCESS_TABLES
from adapters.postgres.access_rows import Table
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
    rows = {f"access/{name}.json": schema for name, schema in access_schemas().items()}
    return {**commands, **events, **rows, "reply.json": reply_schema()}


def access_schemas() -> dict[str, Schema]:
    """What gateways that keep a copy get: the rows of the access tables. Columns may be added."""
    return {f"access.{_kind(row.projection.name)}.v1": _access_schema(row) for row in ACCESS_TABLES}


def _access_schema(table: Table) -> Schema:
    told = {name: TypeAdapter(hint).json_schema() for name, hint in get_type_hints(table.projection.row).items()}
    known = {
        "position": {"type": "integer", "description": "The place in the log of the event that changed this row last."},
        "changed_at": {"type": "string", "format": "date-time", "description": "When that event was recorded."},
        "logepoch": {"type": "string", "format": "uuid", "description": "The log's epoch."},
        "logepoch_begun_at": {"type": "string", "format": "date-time", "description": "When it began: a later one counts."},
    }
    properties = told | known
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    kind = _kind(table.projection.name)
    return _titled("access", f"access.{kind}.v1", f"A row of access.{kind}: {what(table.projection.row)}", schema)


def _kind(name: str) -> str:
    return name.rpartition(".")[2]


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
