"""How we talk to Kafka: every client with the same connection, and the options that kafka-python needs to be dependable."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from adapters.settings import Settings

BOOTSTRAP_MS_MAX: Final = 5_000
"""Beyond this a new client says that the broker is away; the default is 30 s."""
RECONNECT_MS_MAX: Final = 1_000
"""How late a broker that is back is noticed; the default lets it grow to 30 s."""
REQUEST_MS_MAX: Final = 10_000
BLOCK_MS_MAX: Final = 5_000
"""How long a send may wait for what is known of a topic, or for room."""
FETCH_WAIT_MS: Final = 500
LINGER_MS: Final = 0
CLOSE_SECONDS: Final = 1.0
BATCH_BYTES: Final = 256 * 1024
"""A batch's replies in one request."""
REQUEST_BYTES_MAX: Final = 4 * 1024 * 1024
"""More than the largest message, which goes to quarantine whole; the broker has its own limit for each topic."""


class TopicMissing(KafkaError):
    """A topic of ours is not there."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"the topic {topic} is not there; create it with: launchpad topics")


@dataclass(frozen=True, slots=True)
class Membership:
    """How a worker stands in its group. With a name it is a static member, and takes its partitions up again at once after a restart."""

    session_ms: int = 10_000
    """A worker that was killed is missed after this; heartbeats come from a thread of their own, so no batch is too long for it."""
    heartbeat_ms: int = 2_000
    name: str | None = None


def consumer(settings: Settings, group: str, membership: Membership, records_max: int) -> KafkaConsumer:
    """A member of a group that commits its offsets itself. Raises KafkaError."""
    return KafkaConsumer(
        **connection(settings),
        group_id=group,
        group_instance_id=membership.name,
        session_timeout_ms=membership.session_ms,
        heartbeat_interval_ms=membership.heartbeat_ms,
        max_poll_records=records_max,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=max(REQUEST_MS_MAX, membership.session_ms + 1_000),
        fetch_max_wait_ms=FETCH_WAIT_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,  # Nobody reads them, and each record would pay.
    )


def producer(settings: Settings) -> KafkaProducer:
    """A producer whose messages are acknowledged by all replicas, in order. Raises KafkaError."""
    return KafkaProducer(
        **connection(settings),
        # Not idempotent: with it, one batch that expires makes every later one hang for ever (kafka-python 3.0.12). One request at
        # a time keeps the order all the same, and what is sent twice by us carries the same id.
        enable_idempotence=False,
        acks="all",
        max_in_flight_requests_per_connection=1,
        linger_ms=LINGER_MS,
        batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES_MAX,
        request_timeout_ms=REQUEST_MS_MAX,
        max_block_ms=BLOCK_MS_MAX,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )


def close(producer: KafkaProducer) -> None:
    """Close a producer, whatever it has not delivered."""
    with suppress(KafkaError, OSError):
        producer.close(timeout=CLOSE_SECONDS)
        return
    # kafka-python's own close gives up where something can't be delivered, and leaves its thread behind.
    unclosed: Any = producer
    unclosed._sender.force_close()  # noqa: SLF001 - nothing else ends it
    unclosed._closed = True  # noqa: SLF001


def admin(settings: Settings) -> KafkaAdminClient:
    """An admin client. Raises KafkaError."""
    return KafkaAdminClient(**connection(settings), request_timeout_ms=REQUEST_MS_MAX)


def connection(settings: Settings) -> dict[str, Any]:
    """What all clients are built with. Holds the password: never log it."""
    return {**settings.kafka_client, "bootstrap_timeout_ms": BOOTSTRAP_MS_MAX, "reconnect_backoff_max_ms": RECONNECT_MS_MAX}


def topic_names(settings: Settings) -> set[str]:
    """Name all topics that we may see. Raises KafkaError."""
    client = admin(settings)
    try:
        return set(client.list_topics())
    finally:
        client.close()
