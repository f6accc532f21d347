"""How late a gateway that keeps a copy hears of a change, at a steady 50 commands a second: from commit to message."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Final

from adapters.kafka.topics import create_topics
from adapters.settings import Settings
from bench.access_topic import Feeds, Hears
from bench.children import Child
from bench.lag import COMMANDS_PER_SECOND, GRACE_SECONDS, LOWER, START_SECONDS, WARM_UP
from bench.ours import Ours
from bench.results import Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.watching import NotSeen, percentiles

SEED: Final = 6
DATABASE, DELAY = "access_topic", "access topic"


class AccessPart:
    """Sender, PostgreSQL, follower, broker and gateway share the cores."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def _environment(self) -> dict[str, str]:
        environment = self._stand.migrated(DATABASE) | {"LAUNCHPAD_KAFKA": self._stand.kafka.servers}
        create_topics(Settings.load(environment))
        return environment

    @cached_property
    def _sender(self) -> Child:
        sender = self._stand.child(Ours, self._environment, self._stand.scale.owners, SEED)
        sender.ask("set_up", 0)
        sender.ask("take", WARM_UP, 100)
        return sender

    @cached_property
    def _feeds(self) -> Child:
        return self._stand.child(Feeds, self._environment)

    @cached_property
    def _hears(self) -> Child:
        return self._stand.child(Hears, self._stand.kafka.servers)

    def contenders(self) -> list[Contender]:
        return [Contender("delay of the access topic", self._delay)]

    def _delay(self) -> dict[str, float]:
        seconds = self._stand.scale.lag_seconds
        self._sender.ask("prepare", round(seconds * COMMANDS_PER_SECOND))
        self._feeds.ask("start", self._head())
        try:
            hears = self._hears
            hears.ask("begin")
            start = time.monotonic() + START_SECONDS
            hears.tell("listen", start + seconds + GRACE_SECONDS)
            self._sender.tell("steady", start, start + seconds, COMMANDS_PER_SECOND)
            committed, heard = self._sender.answer(), hears.answer()
        finally:
            self._feeds.ask("stop")
        found = percentiles(self._delays(dict(committed), heard))
        return {f"{DELAY} p50": found.p50, f"{DELAY} p99": found.p99}

    def _delays(self, committed: dict[int, float], heard: list[tuple[int, float]]) -> list[float]:
        """For each command that changed a row, the milliseconds from its commit until the last of its rows was heard."""
        ends = self._ends(min(committed))
        last: dict[int, float] = {}
        for position, moment in heard:
            if (end := ends.get(position)) in committed:
                last[end] = max(last.get(end, moment), moment)
        if len(last) < len(self._changing(min(committed), max(committed))):
            raise NotSeen(f"only {len(last)} of {len(committed)} commands were heard of")
        return [1_000 * max(0.0, moment - committed[end]) for end, moment in last.items()]

    def _head(self) -> int:
        with self._stand.connect(DATABASE) as connection:
            ((head,),) = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchall()
        return int(head)

    def _ends(self, since: int) -> dict[int, int]:
        """For each event, the position of the command that it came from."""
        with self._stand.connect(DATABASE) as connection:
            found = connection.execute(
                "SELECT e.notification_id, o.position FROM log.events AS e JOIN log.outcomes AS o USING (command_id)"
                " WHERE o.position >= %s",
                [since],
            ).fetchall()
        return dict(found)

    def _changing(self, first: int, last: int) -> list[int]:
        """The commands whose rows still stand as they left them: all of these must have been heard of."""
        tables = " UNION ".join(f"SELECT position FROM access.{name}" for name in ("app", "subscription", "credential", "product"))
        with self._stand.connect(DATABASE) as connection:
            found = connection.execute(
                f"SELECT DISTINCT o.position FROM ({tables}) AS rows JOIN log.events AS e ON e.notification_id = rows.position"
                " JOIN log.outcomes AS o USING (command_id) WHERE o.position BETWEEN %s AND %s".encode(),
                [first, last],
            ).fetchall()
        return [position for (position,) in found]

    def finish(self) -> None:
        """Nothing is left to do."""

    def results(self, samples: Samples) -> list[Result]:
        delay = "delay from commit to a gateway that follows launchpad.access"
        return [
            samples.result(f"{delay}, p50", f"{DELAY} p50", "ms", better=LOWER),
            samples.result(f"{delay}, p99", f"{DELAY} p99", "ms", better=LOWER),
        ]
