"""The access topic as it is fed and as it is heard, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from adapters.kafka.access_feed import AccessFeed
from adapters.kafka.topics import ACCESS
from adapters.logging import set_up_logging
from adapters.postgres.following import Follower
from adapters.settings import Settings

POLL_SECONDS: Final = 0.002
POLL_MS: Final = 20


class Feeds:
    """Feeds the access topic, as `launchpad project` does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._settings = Settings.load(environment)
        set_up_logging(self._settings.log, self._settings.log_level)
        self._feed: AccessFeed | None = None
        self._follower: Follower | None = None

    def start(self, head: int) -> None:
        """Feed until `stop`; returns once it has come to the head."""
        self._feed = AccessFeed(self._settings)
        self._follower = follower = Follower(self._settings.database, self._feed).start()
        while follower.status.position < head:
            if not follower.status.healthy:
                raise RuntimeError(f"the follower {follower.status.state}: {follower.status.reason}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop feeding."""
        if self._follower is not None and self._feed is not None:
            self._follower.stop()
            self._feed.close()
            self._follower = self._feed = None

    def close(self) -> None:
        """Stop."""
        self.stop()


class Hears:
    """A gateway that keeps a copy: an ordinary consumer."""

    def __init__(self, servers: str) -> None:
        self._consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, fetch_max_wait_ms=500)
        self._consumer.assign([TopicPartition(ACCESS, each) for each in sorted(self._consumer.partitions_for_topic(ACCESS) or ())])

    def begin(self) -> None:
        """Stand at the end of the topic, with the broker's answer at hand."""
        for place, offset in self._consumer.end_offsets(list(self._consumer.assignment())).items():
            self._consumer.seek(place, offset)
        self._consumer.poll(timeout_ms=POLL_MS)

    def listen(self, end: float) -> Sequence[tuple[int, float]]:
        """Listen until the end (time.monotonic); returns each row's position, and when it was heard."""
        heard: list[tuple[int, float]] = []
        while time.monotonic() < end:
            polled = self._consumer.poll(timeout_ms=POLL_MS)
            moment = time.monotonic()
            for records in polled.values():
                heard += [(int(dict(record.headers)["ce_sequence"] or b"0"), moment) for record in records]
        return heard

    def close(self) -> None:
        """Hang up."""
        self._consumer.close()
