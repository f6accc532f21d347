"""docs/reference/topics.md: how to use the bus, from any Kafka client. Its text is topics.template.md, its tables come from the code."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from adapters.kafka.events_feed import PAGE_EVENTS_MAX
from adapters.kafka.offsets import COMMIT_SECONDS
from adapters.kafka.topics import DAY_MS, TOPICS, Topic
from adapters.reference import headers, refusals
from adapters.reference.schemas import older_versions, what
from commands.catalogue import CATALOGUE, Entry
from domain.derived_ids import POLICY_ID
from domain.limits import MESSAGE_BYTES_MAX
from domain.stored_names import EVENT_NAMES

TEXT: Final = Path(__file__).with_name("topics.template.md")


def page() -> str:
    """The whole page, in Markdown."""
    return Template(TEXT.read_text("utf-8")).substitute(
        topics=_topics(),
        command_headers=headers.as_table(headers.COMMAND),
        reply_headers=headers.as_table(headers.REPLY),
        event_headers=headers.as_table(headers.EVENT),
        access_headers=headers.as_table(headers.ACCESS),
        quarantine_headers=headers.as_table(headers.QUARANTINED),
        message_kib=MESSAGE_BYTES_MAX // 1024,
        commit_ms=int(COMMIT_SECONDS * 1000),
        refusals=refusals.as_table(refusals.refusals()),
        rejections=refusals.as_table(refusals.rejections()),
        page_events=f"{PAGE_EVENTS_MAX:,}",
        commands=_commands(),
        events="\n".join(f"- [`{name}`](schemas/events/{name}.json)" for name in EVENT_NAMES.values()),
        older="; ".join(f"`{old}` (now `{new}`)" for old, new in older_versions().items()),
    )


def _topics() -> str:
    rows = [f"| `{topic.name}` | {_kept(topic)} | {topic.why} |" for topic in TOPICS]
    return "\n".join(["| topic | kept | why so |", "|---|---|---|", *rows])


def _commands() -> str:
    rows = [
        f"| [`{name}`](schemas/commands/{name}.json) | {what(entry.command)} | `{_key(entry)}` | {_who(entry)} |"
        for name, entry in CATALOGUE.items()
    ]
    return "\n".join(["| command | what it does | key | who may |", "|---|---|---|---|", *rows])


def _key(entry: Entry) -> str:
    # There is one policy: its id is the same everywhere, and no field.
    return getattr(entry.command, "TARGET", str(POLICY_ID))


def _who(entry: Entry) -> str:
    return ", ".join(sorted(who.name.lower().replace("_", " ") for who in entry.who))


def _kept(topic: Topic) -> str:
    if topic.cleanup == "compact":
        return "the last of each key, for ever"
    retention_ms = topic.retention_ms
    return "for ever" if retention_ms < 0 else f"{retention_ms // DAY_MS} days".replace("1 days", "1 day")
