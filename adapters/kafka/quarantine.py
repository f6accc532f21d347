"""Quarantine: a record that could not be read or carried out, whole, with where it stood and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from adapters.kafka.messages import AUTHORIZATION
from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.records import Record
from adapters.kafka.topics import QUARANTINE

PREFIX: Final = "quarantine_"
"""Of the headers that we add; the record's own stand before them as they came, but for the token."""

VALUE_LEFT_OUT, HEADERS_LEFT_OUT = ((f"{PREFIX}{what}_left_out", b"larger than this topic takes") for what in ("value", "headers"))
OURS: Final = frozenset(
    PREFIX + name
    for name in (
        *("topic", "partition", "offset", "timestamp", "error", "attempts", "at", "null_value"),
        *("value_left_out", "headers_left_out"),
    )
)
"""What a sender writes under such a name is left out, as from a record that was here before: it would pass for ours."""


def quarantined(record: Record, error: str, attempts: int, partitions: int) -> Outgoing:
    """The record for the quarantine topic: same key, same value, same headers less `authorization`, and ours."""
    # A name that is no UTF-8 is written with \xNN in place of its bytes.
    named = [(name.decode("utf-8", "backslashreplace"), value if value is not None else b"") for name, value in record.headers]
    kept = [header for header in named if header[0] not in OURS and header[0].strip().lower() != AUTHORIZATION.decode()]
    ours: dict[str, object] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "error": error,
        "attempts": attempts,
        "at": datetime.now(UTC).isoformat(),
        **({"null_value": "true"} if record.value is None else {}),
    }
    headers = kept + [(PREFIX + name, str(value).encode()) for name, value in ours.items()]
    return Outgoing(QUARANTINE, record.partition % partitions, record.key, record.value or b"", headers)


def shortened(message: Outgoing) -> Outgoing | None:
    """The same without its value, or then without its key and its own headers, where the topic does not take it; none is shorter."""
    if message.value:
        return message._replace(value=b"", headers=[*message.headers, VALUE_LEFT_OUT])
    if HEADERS_LEFT_OUT in message.headers:
        return None
    ours = [header for header in message.headers if header[0] in OURS]
    return message._replace(key=None, headers=[*ours, HEADERS_LEFT_OUT])
