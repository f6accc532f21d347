"""Send a command over Kafka and await its reply. Any Kafka client can do the same from the documented topics: nothing here decides."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from kafka import KafkaProducer
from kafka.errors import KafkaError

from launchpad_client.replies import Replies
from launchpad_client.reply import NotSent, PendingReply, Reply

COMMANDS_TOPIC: Final = "launchpad.commands"
REPLIES_TOPIC: Final = "launchpad.replies"
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""What the server takes; a larger message would be refused there."""
START_SECONDS_MAX: Final = 15.0
CLOSE_SECONDS_MAX: Final = 10.0


class LaunchpadClient:
    """One connection to the bus, for a whole process: safe to share between threads. Use it in a `with`, or close it.

    `token` is the access token, or a function that returns a fresh one; `source` names the sender; `kafka` holds further settings for
    kafka-python, such as security_protocol and sasl_*. Raises NotSent where the bus can't be reached at all.
    """

    def __init__(
        self,
        bootstrap_servers: str | list[str],
        token: str | Callable[[], str],
        *,
        source: str = "launchpad-client",
        commands_topic: str = COMMANDS_TOPIC,
        reply_topic: str = REPLIES_TOPIC,
        kafka: Mapping[str, Any] | None = None,
    ) -> None:
        self._token = token
        self._source = source
        self._commands_topic = commands_topic
        self._reply_topic = reply_topic
        self._pending: WeakValueDictionary[str, PendingReply] = WeakValueDictionary()
        self._lock = threading.Lock()
        connection = {
            "bootstrap_servers": bootstrap_servers,
            "bootstrap_timeout_ms": 5_000,
            "reconnect_backoff_max_ms": 1_000,  # A broker that comes back is noticed within a second.
            **(kafka or {}),
        }
        try:
            self._producer = KafkaProducer(
                **connection,
                # Not idempotent: with it, one batch that expires makes every later one hang for ever (kafka-python 3.0.12).
                # A command that arrives twice has one effect, so nothing is lost; one request at a time keeps the order.
                enable_idempotence=False,
                acks="all",
                max_in_flight_requests_per_connection=1,
                max_block_ms=10_000,
            )
        except (KafkaError, OSError) as error:
            raise NotSent("the bus can't be reached; check the servers' addresses, the user and the password") from error
        self._replies = Replies(reply_topic, connection, self._take)

    def send(
        self,
        command_name: str,
        payload: Mapping[str, Any],
        subject: UUID | str,
        *,
        command_id: UUID | None = None,
        on_behalf_of: UUID | None = None,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        traceparent: str | None = None,
    ) -> PendingReply:
        """Send `app.create.v1` or another command about that subject (the app's id; else the team's, product's, developer's, policy's).

        To send again, give the same `command_id`: it has one effect. Raises NotSent, and ValueError or TypeError for a payload that is
        no JSON or larger than 256 KiB.
        """
        command_id = command_id or uuid4()
        value = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode()
        if len(value) > MESSAGE_BYTES_MAX:
            raise ValueError(f"the payload has {len(value)} bytes; at most {MESSAGE_BYTES_MAX} are taken")
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": str(command_id),
            "ce_type": command_name,
            "ce_source": self._source,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_subject": str(subject),
            "ce_replyto": self._reply_topic,
            "ce_correlationid": correlation_id or str(command_id),
            "ce_causationid": causation_id,
            "ce_traceparent": traceparent,
            "ce_onbehalfof": str(on_behalf_of) if on_behalf_of else None,
            "content-type": "application/json",
            "authorization": f"Bearer {self._token if isinstance(self._token, str) else self._token()}",
        }
        headers = [(name, text.encode()) for name, text in attributes.items() if text is not None]
        if not self._replies.wait_ready(START_SECONDS_MAX):
            raise NotSent(f"the topic {self._reply_topic} can't be followed") from self._replies.trouble
        with self._lock:
            pending = self._pending.get(str(command_id))
            if pending is None or pending.done:  # Sent again: it waits for the next reply, which says the same as the first.
                pending = self._pending[str(command_id)] = PendingReply(command_id)
        try:
            future = self._producer.send(self._commands_topic, value, key=str(subject).encode(), headers=headers)
        except KafkaError as error:
            raise NotSent(f"the bus did not take command {command_id}; send it again with the same id") from error
        future.add_errback(pending.fail)
        return pending

    def send_and_wait(
        self,
        command_name: str,
        payload: Mapping[str, Any],
        subject: UUID | str,
        *,
        command_id: UUID | None = None,
        on_behalf_of: UUID | None = None,
        timeout_seconds: float = 30.0,
    ) -> Reply:
        """Send a command and await its reply. Raises NoReply, NotSent, ValueError, TypeError."""
        return self.send(command_name, payload, subject, command_id=command_id, on_behalf_of=on_behalf_of).wait(timeout_seconds)

    def close(self) -> None:
        """Send what was not sent yet, within ten seconds, and stop following replies."""
        try:
            self._producer.flush(timeout=CLOSE_SECONDS_MAX)
        except KafkaError:
            pass  # The broker is away: whoever waits for these gets NoReply, and may send again.
        finally:
            self._producer.close(timeout=1)
            self._replies.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _take(self, causation_id: str, correlation_id: str, reply: Reply) -> None:
        """Others' replies pass by on the same topic: ours are those that somebody still holds."""
        with self._lock:
            pending = self._pending.get(causation_id) or self._pending.get(str(reply.command_id)) or self._pending.get(correlation_id)
        if pending is not None:
            pending.resolve(reply)


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't be sent as JSON; use text, numbers, lists, UUIDs and times with a time zone")
