"""How late the dashboard is at a steady 50 commands a second, beside ProjectionRunner; and how long reading one's own write takes."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Final

from bench.children import Child
from bench.follows import Follows
from bench.http_reading import OwnWrites
from bench.ours import Ours
from bench.results import Better, Result, Samples
from bench.rounds import Contender
from bench.runner import FOLDED, Runner
from bench.stand import Stand
from bench.watching import Watcher, lags

COMMANDS_PER_SECOND: Final = 50
P50_MS_MAX: Final = 5
P99_MS_MAX: Final = 20
OWN_WRITE_P50_MS_MAX: Final = 10
SEED: Final = 4
START_SECONDS: Final = 0.5
"""Everybody is awake by then."""
GRACE_SECONDS: Final = 2.0
WARM_UP: Final = 300
DATABASE, RUNNER_ROWS = "lag", "lag_runner"
LAG, RUNNER, OWN = "lag", "ProjectionRunner's lag", "own write"
LOWER: Final[Better] = "lower"
OURS_LOOKS: Final = "SELECT max(position) FROM following.bookmark WHERE read_model = 'dashboard'"
RUNNER_LOOKS: Final = "SELECT max(notification_id) FROM dashboard_tracking WHERE application_name = 'Log'"


class LagPart:
    """One follows at a time; both are watched in the same way, by somebody else's eyes."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def _environment(self) -> dict[str, str]:
        return self._stand.migrated(DATABASE)

    @cached_property
    def _sender(self) -> Child:
        sender = self._stand.child(Ours, self._environment, self._stand.scale.owners, SEED)
        sender.ask("set_up", 0)
        sender.ask("take", WARM_UP, 100)
        return sender

    @cached_property
    def _ours(self) -> tuple[Child, Child]:
        environment = self._environment
        return self._stand.child(Follows, environment), self._stand.child(Watcher, environment["LAUNCHPAD_DATABASE_URL"])

    @cached_property
    def _runner(self) -> tuple[Child, Child]:
        self._stand.migrated(RUNNER_ROWS)
        url = self._stand.postgres.url(RUNNER_ROWS)
        return self._stand.child(Runner, self._environment, url), self._stand.child(Watcher, url)

    @cached_property
    def _own_writes(self) -> OwnWrites:
        environment = self._environment
        self._sender  # noqa: B018 - the owners are set up by now
        return self._stand.stack.enter_context(OwnWrites(environment, self._stand.scale.owners))

    def contenders(self) -> list[Contender]:
        return [
            Contender("lag at 50 commands a second", lambda: self._lag(LAG, *self._ours, OURS_LOOKS)),
            Contender("ProjectionRunner's lag", lambda: self._lag(RUNNER, *self._runner, RUNNER_LOOKS)),
            Contender("reading one's own writes over HTTP", self._read_own_writes),
        ]

    def _lag(self, name: str, follower: Child, watcher: Child, question: str) -> dict[str, float]:
        seconds = self._stand.scale.lag_seconds
        self._sender.ask("prepare", round(seconds * COMMANDS_PER_SECOND))
        follower.ask("start", self._head())
        try:
            start = time.monotonic() + START_SECONDS
            watcher.tell("watch", start, start + seconds + GRACE_SECONDS, question)
            self._sender.tell("steady", start, start + seconds, COMMANDS_PER_SECOND)
            committed, seen = self._sender.answer(), watcher.answer()
        finally:
            follower.ask("stop")
        found = lags(self._shown(committed), seen)
        return {f"{name} p50": found.p50, f"{name} p99": found.p99}

    def _read_own_writes(self) -> dict[str, float]:
        follower, _ = self._ours
        own_writes = self._own_writes
        follower.ask("start", self._head())
        try:
            found = own_writes.read(self._stand.scale.own_writes)
        finally:
            follower.ask("stop")
        return {f"{OWN} p50": found.p50, f"{OWN} p99": found.p99}

    def _head(self) -> int:
        """The last event that the dashboard shows: nobody needs to track more."""
        with self._stand.connect(DATABASE) as connection:
            found = connection.execute("SELECT max(notification_id) FROM log.events WHERE topic = ANY (%s)", [list(FOLDED)]).fetchone()
        return int(found[0]) if found else 0

    def _shown(self, committed: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """For each command, its last event that the dashboard shows: ProjectionRunner does not track the others."""
        with self._stand.connect(DATABASE) as connection:
            found = connection.execute(
                "SELECT o.position, max(e.notification_id) FROM log.outcomes AS o JOIN log.events AS e USING (command_id)"
                " WHERE e.notification_id >= %s AND e.topic = ANY (%s) GROUP BY o.position",
                [committed[0][0] - 100, list(FOLDED)],
            ).fetchall()
        shown: dict[int, int] = dict(found)
        return [(shown[position], moment) for position, moment in committed]

    def finish(self) -> None:
        """Nothing is left to do."""

    def results(self, samples: Samples) -> list[Result]:
        result, lower = samples.result, LOWER
        lag = "lag from commit to dashboard row"
        return [
            result(f"{lag}, p50", f"{LAG} p50", "ms", rival=f"{RUNNER} p50", bound=P50_MS_MAX, better=lower),
            result(f"{lag}, p99", f"{LAG} p99", "ms", rival=f"{RUNNER} p99", bound=P99_MS_MAX, better=lower),
            result("read of one's own write over HTTP, p50", f"{OWN} p50", "ms", bound=OWN_WRITE_P50_MS_MAX, better=lower),
            result("read of one's own write over HTTP, p99", f"{OWN} p99", "ms", better=lower),
        ]
