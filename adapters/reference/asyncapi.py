"""docs/reference/asyncapi.yaml: the topics, who sends what, and the schema of each message (AsyncAPI 3.0)."""

from __future__ import annotations

from typing import Any, Final

import yaml  # In the test extra: only `make docs` and the tests run this.

from adapters.kafka.topics import ACCESS, COMMANDS, EVENTS, QUARANTINE, REPLIES, TOPICS, Topic
from adapters.reference import headers
from adapters.reference.schemas import access_schemas, what
from commands.catalogue import CATALOGUE
from commands.outcome import OutcomeKind
from domain.stored_names import EVENT_NAMES

KEY: Final = {"type": "string", "format": "uuid", "description": "The id of what it is about."}
ROW_KEY: Final = {"type": "string", "description": "The row: its table and its primary key, as in credential/<id>."}
BINDING: Final = "0.5.0"
"""Of AsyncAPI's words for Kafka."""
CORRELATED: Final = {"command": "ce_id", "reply": "ce_causationid"}
"""The header that holds the command's id, which tells whose reply it is."""
HEAD: Final = "# Made from the code: `make docs` makes it anew.\n"
SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
DESCRIPTION: Final = (
    "Commands go in, each gets a reply, and events tell what happened. Messages are CloudEvents 1.0 in binary mode: attributes are"
    " headers that begin with `ce_`, the value is JSON. topics.md, beside this page, says how to use it."
)
WHAT: Final = {
    COMMANDS: "Send commands here, with the id of what they are about as the record's key.",
    REPLIES: "The reply to each command, unless it names another topic in ce_replyto.",
    EVENTS: "All that happened, in the order of ce_sequence within each partition; at least once.",
    ACCESS: "What a gateway may be told: the last state of each row; compacted, so that a copy can begin with nothing.",
    QUARANTINE: "Messages that could not be read or carried out, whole but for their token.",
}


def page() -> str:
    """The whole document, in YAML."""
    return HEAD + yaml.dump(document(), Dumper=_Plain, sort_keys=False, width=140, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """Writes everything where it stands, without YAML's references."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def document() -> dict[str, Any]:
    """The whole document."""
    # Their kind goes first: policy.set.v1 is a command and an event, command.refused.v1 an event and a reply.
    commands = {
        f"command.{name}": _message(name, what(entry.command), f"commands/{name}.json", "command") for name, entry in CATALOGUE.items()
    }
    events = {f"event.{name}": _message(name, event.__name__, f"events/{name}.json", "event") for event, name in EVENT_NAMES.items()}
    replies = {f"reply.{_reply(kind)}": _message(_reply(kind), f"The command is {kind}.", "reply.json", "reply") for kind in OutcomeKind}
    quarantined = {"quarantined": {"name": "quarantined", "summary": "Any bytes.", "headers": {"$ref": "#/components/schemas/quarantined"}}}
    rows = {name: _message(name, schema["description"], f"access/{name}.json", "access") for name, schema in access_schemas().items()}
    channels = {COMMANDS: commands, REPLIES: replies, EVENTS: events, QUARANTINE: quarantined, ACCESS: rows}
    kinds = {"command": headers.COMMAND, "reply": headers.REPLY, "event": headers.EVENT, "quarantined": headers.QUARANTINED}
    kinds["access"] = headers.ACCESS
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Launchpad Apps on the bus", "version": "1", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            **{topic.name.rpartition(".")[2]: _channel(topic, channels[topic.name]) for topic in TOPICS},
            # A channel of its own: an address that a message names must be left open here.
            "askedReplies": {"address": None, "description": "The topic that ce_replyto names.", "messages": _references(replies)},
        },
        "operations": {
            "takeCommand": {
                "action": "receive",
                "channel": {"$ref": "#/channels/commands"},
                "summary": "Each command whose id can be read gets at least one reply; sent again, it has no second effect.",
                "reply": {
                    "address": {"location": "$message.header#/ce_replyto", "description": f"Without it: {REPLIES}"},
                    "channel": {"$ref": "#/channels/askedReplies"},
                },
            },
            "reply": {
                "action": "send",
                "channel": {"$ref": "#/channels/replies"},
                "summary": "To every command that names no other topic, or one that is not allowed or not there.",
            },
            "tellEvent": {"action": "send", "channel": {"$ref": "#/channels/events"}},
            "tellAccess": {"action": "send", "channel": {"$ref": "#/channels/access"}},
            "putAside": {"action": "send", "channel": {"$ref": "#/channels/quarantine"}},
        },
        "components": {
            "messages": {**commands, **events, **replies, **quarantined, **rows},
            "schemas": {kind: headers.as_schema(found) for kind, found in kinds.items()},
        },
    }


def _channel(topic: Topic, messages: dict[str, Any]) -> dict[str, Any]:
    settings = topic.settings(replication=1)
    configuration = {
        "cleanup.policy": [settings["cleanup.policy"]],
        "retention.ms": topic.retention_ms,
        "max.message.bytes": topic.batch_bytes_max,
    }
    return {
        "address": topic.name,
        "description": WHAT[topic.name],
        "messages": _references(messages),
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": configuration, "bindingVersion": BINDING}},
    }


def _references(messages: dict[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in messages}


def _message(name: str, summary: str, schema: str, kind: str) -> dict[str, Any]:
    correlated = {"correlationId": {"location": f"$message.header#/{CORRELATED[kind]}"}} if kind in CORRELATED else {}
    return {
        "name": name,
        "summary": summary,
        "headers": {"$ref": f"#/components/schemas/{kind}"},
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./schemas/{schema}"}},
        **correlated,
        "bindings": {"kafka": {"key": ROW_KEY if kind == "access" else KEY, "bindingVersion": BINDING}},
    }


def _reply(kind: OutcomeKind) -> str:
    return f"command.{kind.value}.v1"
