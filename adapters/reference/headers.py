"""The headers of each kind of message, once: for AsyncAPI, for topics.md, and for the test that looks at real messages."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from adapters.kafka.messages import TEXT_CHARACTERS_MAX


class Header(NamedTuple):
    """One header."""

    name: str
    required: bool
    meaning: str
    form: dict[str, Any]


TEXT: Final = {"type": "string", "minLength": 1, "maxLength": TEXT_CHARACTERS_MAX}
ID: Final = {"type": "string", "format": "uuid"}
TIME: Final = {"type": "string", "format": "date-time"}
NUMBER: Final = {"type": "string", "pattern": "^[0-9]+$"}
VERSION: Final = Header("ce_specversion", required=True, meaning="always 1.0", form={"const": "1.0"})
JSON: Final = {"const": "application/json"}

COMMAND: Final = (
    VERSION,
    Header("ce_id", required=True, meaning="the command's id, a UUID made by its sender; sent again, the same one", form=ID),
    Header("ce_type", required=True, meaning="the command's name, as in `app.create.v1`", form=TEXT),
    Header("authorization", required=True, meaning="`Bearer <token>`; it is stored nowhere", form={"type": "string"}),
    Header("ce_source", required=False, meaning="who sends; CloudEvents asks for it, the token decides", form={"type": "string"}),
    Header("ce_subject", required=False, meaning="what it is about: the id that the command itself names, else it is invalid", form=TEXT),
    Header("ce_time", required=False, meaning="what the sender's clock says, with a time zone; kept, and decides nothing", form=TIME),
    Header("ce_replyto", required=False, meaning="the topic for the reply; must begin with an allowed prefix", form=TEXT),
    Header("ce_correlationid", required=False, meaning="comes back in the reply and in the events", form=TEXT),
    Header("ce_causationid", required=False, meaning="what made the sender send it; kept with the events", form=TEXT),
    Header("ce_traceparent", required=False, meaning="W3C trace context; comes back in the reply and in the events", form=TEXT),
    Header("ce_onbehalfof", required=False, meaning="the developer acted for; the token's `may_act` must allow it", form=ID),
    Header("content-type", required=False, meaning="`application/json`, if given", form=JSON),
)
REPLY: Final = (
    VERSION,
    Header("ce_id", required=True, meaning="the same for the same reply, so that one that comes again is known for it", form=TEXT),
    Header(
        "ce_type",
        required=True,
        meaning="`command.<outcome>.v1`: accepted, refused, invalid, unauthenticated, command_id_reused",
        form={"type": "string", "pattern": r"^command\.(accepted|refused|invalid|unauthenticated|command_id_reused)\.v1$"},
    ),
    Header("ce_source", required=True, meaning="`/launchpad-apps`", form={"type": "string"}),
    Header("ce_time", required=True, meaning="when the reply was made", form=TIME),
    Header("ce_causationid", required=True, meaning="the command's id", form=ID),
    Header("ce_correlationid", required=True, meaning="the command's own, or its id where it had none", form=TEXT),
    Header("ce_subject", required=False, meaning="the command's", form=TEXT),
    Header("ce_traceparent", required=False, meaning="the command's", form=TEXT),
    Header(
        "ce_replytorefused",
        required=False,
        meaning="why the reply is not on the topic that was asked for: `not_allowed` (no prefix), `unknown` (not there), `failed`",
        form={"enum": ["not_allowed", "unknown", "failed"]},
    ),
    Header("content-type", required=True, meaning="`application/json`", form=JSON),
)
EVENT: Final = (
    VERSION,
    Header("ce_id", required=True, meaning="the event's id, stable: the same whenever it is sent", form=ID),
    Header("ce_type", required=True, meaning="the event's name, as in `app.created.v1`", form=TEXT),
    Header("ce_source", required=True, meaning="`/launchpad-apps`", form={"type": "string"}),
    Header("ce_time", required=True, meaning="when it was recorded", form=TIME),
    Header("ce_subject", required=True, meaning="the app's id; where it belongs to no app, the aggregate's own", form=ID),
    Header("ce_sequence", required=True, meaning="its position in the log, without gaps from 1", form=NUMBER),
    Header("ce_logepoch", required=True, meaning="the log's epoch: another one after a restore", form=ID),
    Header("ce_stream", required=True, meaning="the aggregate, `<kind>-<uuid>`: which credential, which approval", form={"type": "string"}),
    Header("ce_streamversion", required=True, meaning="its number among the aggregate's events, from 1", form=NUMBER),
    Header(
        "ce_principal", required=True, meaning="who did it: `person:<uuid>`, `service:<name>@<issuer>` or `system`", form={"type": "string"}
    ),
    Header("ce_commandid", required=False, meaning="the command that it came from", form=ID),
    Header("ce_correlationid", required=False, meaning="the command's own, or its id where it had none", form=TEXT),
    Header("ce_causationid", required=False, meaning="the command's `ce_causationid`", form=TEXT),
    Header("ce_onbehalfof", required=False, meaning="the developer acted for", form=ID),
    Header("ce_traceparent", required=False, meaning="the command's", form=TEXT),
    Header("content-type", required=True, meaning="`application/json`", form=JSON),
)
ACCESS: Final = (
    VERSION,
    Header("ce_id", required=True, meaning="the same for the same state of a row, so that one that comes again is known for it", form=ID),
    Header(
        "ce_type",
        required=True,
        meaning="which table: `access.app.v1`, `access.subscription.v1`, `access.credential.v1`, `access.product.v1`",
        form={"type": "string", "pattern": r"^access\.(app|subscription|credential|product)\.v1$"},
    ),
    Header("ce_source", required=True, meaning="`/launchpad-apps`", form={"type": "string"}),
    Header("ce_time", required=True, meaning="when the row changed last", form=TIME),
    Header("ce_subject", required=True, meaning="the record's key: which row", form=TEXT),
    Header("ce_sequence", required=True, meaning="the position in the log of the event that changed the row last", form=NUMBER),
    Header("ce_logepoch", required=True, meaning="the log's epoch: another one after a restore", form=ID),
    Header("content-type", required=True, meaning="`application/json`", form=JSON),
)
QUARANTINED: Final = (
    Header("quarantine_topic", required=True, meaning="where the message stood", form={"type": "string"}),
    Header("quarantine_partition", required=True, meaning="and in which partition", form=NUMBER),
    Header("quarantine_offset", required=True, meaning="and at which offset", form=NUMBER),
    Header("quarantine_timestamp", required=True, meaning="its timestamp, in ms since 1970", form={"type": "string"}),
    Header("quarantine_error", required=True, meaning="what was wrong with it", form={"type": "string"}),
    Header("quarantine_attempts", required=True, meaning="how often it was tried", form=NUMBER),
    Header("quarantine_at", required=True, meaning="when it was put aside", form=TIME),
    Header("quarantine_null_value", required=False, meaning="`true` where there was no value at all", form={"const": "true"}),
    Header("quarantine_value_left_out", required=False, meaning="where even this topic does not take its value", form={"type": "string"}),
    Header(
        "quarantine_headers_left_out",
        required=False,
        meaning="where it does not take its key and its own headers either",
        form={"type": "string"},
    ),
)


def as_schema(headers: tuple[Header, ...]) -> dict[str, Any]:
    """The headers as a JSON Schema."""
    properties = {header.name: {**header.form, "description": header.meaning.replace("`", "")} for header in headers}
    return {"type": "object", "properties": properties, "required": [header.name for header in headers if header.required]}


def as_table(headers: tuple[Header, ...]) -> str:
    """The headers as a table in Markdown."""
    rows = [f"| `{header.name}` | {'yes' if header.required else ''} | {header.meaning} |" for header in headers]
    return "\n".join(["| header | always | what it says |", "|---|---|---|", *rows])
