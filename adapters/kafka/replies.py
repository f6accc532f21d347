"""Replies: each command's outcome, to the topic that its sender named or to the common one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import orjson

from adapters.kafka.messages import Message
from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.topics import REPLIES
from commands.outcome import Outcome, OutcomeKind

SOURCE: Final = b"/launchpad-apps"
"""The `ce_source` of all that we send."""
LOOK_AGAIN_SECONDS: Final = 5.0
"""How soon a reply topic that was just created is noticed: asking for each unknown one would let anybody slow us down."""
REFUSED_AS_FAILED: Final = ("ce_replytorefused", b"failed")
FIXED: Final = {
    kind: [
        ("ce_specversion", b"1.0"),
        ("ce_type", f"command.{kind.value}.v1".encode()),
        ("ce_source", SOURCE),
        ("content-type", b"application/json"),
    ]
    for kind in OutcomeKind
}


class ReplyTopics:
    """Where replies may go: the topics that are there and begin with an allowed prefix; else the common one."""

    def __init__(self, prefixes: Sequence[str], partitions_of: Callable[[str], int], topics: Callable[[], Collection[str]]) -> None:
        self._prefixes = tuple(prefixes)
        self._partitions_of = partitions_of
        self._topics = topics
        self._known = {REPLIES: partitions_of(REPLIES)}
        self._refused: dict[str, str] = {}
        self._looked = float("-inf")

    def choose(self, wanted: bytes | None) -> tuple[str, int, bytes | None]:
        """Name the topic, its number of partitions, and why it is not the one that was wanted."""
        if wanted is None:
            return REPLIES, self._known[REPLIES], None
        topic = wanted.decode("utf-8", "replace")
        partitions = self._known.get(topic)
        if partitions is not None:
            return topic, partitions, None
        if not topic.startswith(self._prefixes):
            return REPLIES, self._known[REPLIES], b"not_allowed"
        if time.monotonic() - self._looked > LOOK_AGAIN_SECONDS:
            self._look(topic)
            if topic in self._known:
                return topic, self._known[topic], None
        return REPLIES, self._known[REPLIES], b"unknown"

    def give_up(self, topic: str) -> None:
        """Send no more to a topic that can't be written to, until it is looked for again."""
        self._known.pop(topic, None)
        self._looked = time.monotonic()

    def _look(self, topic: str) -> None:
        self._looked = time.monotonic()
        if topic in self._topics():
            self._known[topic] = self._partitions_of(topic)


class Replies:
    """Makes the replies of a batch."""

    def __init__(self, topics: ReplyTopics) -> None:
        self._topics = topics
        self._now = b""

    def begin(self) -> None:
        """Begin a batch: its replies carry one time."""
        self._now = datetime.now(UTC).isoformat().encode()

    def reply(self, message: Message, outcome: Outcome) -> Outgoing:
        """Make the reply to a message whose sender can be answered."""
        topic, partitions, refused = self._topics.choose(message.headers.get(b"ce_replyto"))
        command_id = str(outcome.command_id)
        id_ = command_id.encode()
        attributes = [
            *FIXED[outcome.kind],
            # The same for the same reply, so that one that comes again is known for it.
            ("ce_id", id_ + b":" + outcome.kind.value.encode()),
            ("ce_time", self._now),
            ("ce_correlationid", message.echoed(b"ce_correlationid") or id_),
            ("ce_causationid", id_),
        ]
        if subject := message.echoed(b"ce_subject"):
            attributes.append(("ce_subject", subject))
        if traceparent := message.echoed(b"ce_traceparent"):
            attributes.append(("ce_traceparent", traceparent))
        if refused is not None:
            attributes.append(("ce_replytorefused", refused))
        # By the command's partition: replies to one app's commands stay in their order.
        return Outgoing(topic, message.record.partition % partitions, message.key, value(command_id, outcome), attributes)


def value(command_id: str, outcome: Outcome) -> bytes:
    """The reply's value."""
    return orjson.dumps(
        {
            "command_id": command_id,
            "outcome": outcome.kind.value,
            "position": outcome.position,
            "code": outcome.code,
            "sentence": outcome.sentence,
            "errors": [{"field": field, "reason": reason} for field, reason in outcome.errors],
        }
    )


def to_the_common_topic(reply: Outgoing, partitions: int) -> Outgoing:
    """The same reply, where its own topic can't be written to."""
    return reply._replace(topic=REPLIES, partition=reply.partition % partitions, headers=[*reply.headers, REFUSED_AS_FAILED])
