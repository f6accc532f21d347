"""Commands through Kafka: from an ordinary producer to the reply, with one worker and with two."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cached_property
from typing import Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from adapters.kafka.topics import create_topics
from adapters.kafka.worker import GROUP
from adapters.settings import Settings
from bench.bus_client import BusClient
from bench.bus_worker import BusWorker
from bench.children import Child, ask_all
from bench.commanded import ONE_EACH, OURS, Commanded
from bench.results import PER_SECOND, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand

SEED: Final = 5
WARM_UP: Final = 500
JOIN_SECONDS_MAX: Final = 30
LOOK_SECONDS: Final = 0.1
ONE, TWO = "through Kafka, one worker", "through Kafka, two workers"


class BusPart:
    """Client, broker, workers and PostgreSQL share the cores; nothing of it is left out."""

    def __init__(self, stand: Stand, commanded: Commanded) -> None:
        self._stand = stand
        self._commanded = commanded

    @cached_property
    def _environment(self) -> dict[str, str]:
        self._commanded.ours  # noqa: B018 - the owners and their apps are set up by now
        environment = self._stand.environment(OURS) | {"LAUNCHPAD_KAFKA": self._stand.kafka.servers}
        create_topics(Settings.load(environment))
        return environment

    @cached_property
    def _workers(self) -> list[Child]:
        return [self._stand.child(BusWorker, self._environment) for _ in range(2)]

    @cached_property
    def _client(self) -> Child:
        return self._stand.child(BusClient, self._environment, self._stand.scale.owners, SEED)

    def contenders(self) -> list[Contender]:
        return [
            self._commanded.one_each(),
            Contender(ONE, lambda: self._measure(ONE, self._workers[:1])),
            Contender(TWO, lambda: self._measure(TWO, self._workers)),
        ]

    def _measure(self, name: str, workers: list[Child]) -> dict[str, float]:
        count = self._stand.scale.bus_commands
        self._client.ask("prepare", WARM_UP + count)
        ask_all(workers, "start")
        try:
            self._wait_for_members(len(workers))
            self._client.ask("send_and_await", WARM_UP)
            window = self._client.ask("send_and_await", count)
        finally:
            ask_all(workers, "stop")
        return {name: window.rate}

    def _wait_for_members(self, count: int) -> None:
        """Wait until the group has settled with so many members."""
        admin = KafkaAdminClient(bootstrap_servers=self._stand.kafka.servers)
        deadline = time.monotonic() + JOIN_SECONDS_MAX
        try:
            while time.monotonic() < deadline:
                with suppress(KafkaError):  # The group's coordinator may not be there yet.
                    group = admin.describe_groups([GROUP])[GROUP]
                    if group["group_state"] == "Stable" and len(group["members"]) == count:
                        return
                time.sleep(LOOK_SECONDS)
        finally:
            admin.close()
        raise RuntimeError(f"the workers did not join within {JOIN_SECONDS_MAX} s")

    def finish(self) -> None:
        """Nothing is left to do."""

    def results(self, samples: Samples) -> list[Result]:
        result = samples.result
        return [
            result(ONE, ONE, PER_SECOND, rival=ONE_EACH, goal=8),
            result(TWO, TWO, PER_SECOND, rival=ONE_EACH, goal=12),
        ]
