"""Following the log into the dashboard, and rebuilding it, beside ProjectionRunner and beside the leanest straight script."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from bench.children import Child
from bench.comparing import must_be_equal, rows_of
from bench.follows import Follows
from bench.long_log import LONG, LongLog
from bench.results import Result, Samples
from bench.rounds import Contender
from bench.runner import Runner
from bench.stand import Stand
from bench.straight import Straight

FOLLOWED, REBUILT = "followed", "rebuilt"
RUNNER: Final = "ProjectionRunner"
STRAIGHT: Final = "straight script"
INSERTS: Final = "single INSERT and commit"
STAGES: Final = ("SELECT", "decode", "fold", "COPY")
RUNNER_ROWS, STRAIGHT_ROWS, COMPARED = "runner", "straight", "compared"
"""Databases."""


class FollowingPart:
    """Rates are events of the log that were passed, whether or not the dashboard shows anything of them."""

    def __init__(self, stand: Stand, log: LongLog) -> None:
        self._stand = stand
        self._log = log
        self._runner_at = 0

    @cached_property
    def _ours(self) -> Child:
        return self._stand.child(Follows, self._log.made.environment)

    @cached_property
    def _runner(self) -> Child:
        self._stand.migrated(RUNNER_ROWS)
        return self._stand.child(Runner, self._log.made.environment, self._stand.postgres.url(RUNNER_ROWS))

    @cached_property
    def _straight(self) -> Child:
        self._stand.migrated(STRAIGHT_ROWS)
        return self._stand.child(Straight, self._log.made.environment, self._stand.postgres.url(STRAIGHT_ROWS))

    def contenders(self) -> list[Contender]:
        return [
            Contender("following", self._follow),
            Contender(RUNNER, self._run),
            Contender("rebuild", self._rebuild),
            Contender(STRAIGHT, self._go_straight),
            Contender(INSERTS, lambda: {INSERTS: self._straight.ask("insert_and_commit", self._stand.scale.seconds / 2)}),
        ]

    def _follow(self) -> dict[str, float]:
        log = self._log.made
        seconds = self._ours.ask("follow", log.head)
        return {FOLLOWED: log.head / seconds, f"{FOLLOWED}, apps": log.apps / seconds}

    def _run(self) -> dict[str, float]:
        before, after, seconds = self._runner.ask("follow", self._stand.scale.runner_seconds)
        self._runner_at = after
        return {RUNNER: (after - before) / seconds, f"{RUNNER}, apps": self._log.apps_between(before, after) / seconds}

    def _rebuild(self) -> dict[str, float]:
        position, seconds = self._ours.ask("rebuild")
        if position != self._log.made.head:
            raise RuntimeError(f"the rebuild ended at {position}")
        return {REBUILT: position / seconds, f"{REBUILT}, apps": self._log.made.apps / seconds}

    def _go_straight(self) -> dict[str, float]:
        stages = self._straight.ask("rebuild")
        head = self._log.made.head
        return {STRAIGHT: head / stages["all"]} | {stage: head / stages[stage] for stage in STAGES}

    def finish(self) -> None:
        """Compare, row by row: following, rebuild and straight script over the whole log, ProjectionRunner as far as it came."""
        stand = self._stand
        with stand.connect(LONG) as long, stand.connect(STRAIGHT_ROWS) as straight, stand.connect(RUNNER_ROWS) as runner:
            rebuilt = rows_of(long)
            self._ours.ask("follow", self._log.made.head)
            followed = rows_of(long)
            compared = must_be_equal("following and rebuild", followed, rebuilt)
            compared += must_be_equal("following and the straight script", followed, rows_of(straight))
            position = self._runner.ask("position")
            environment = self._log.copy_to(COMPARED, position)
            ours = stand.child(Follows, environment)
            ours.ask("follow", position)
            ours.close()
            with stand.connect(COMPARED) as part:
                compared += must_be_equal("following and ProjectionRunner", rows_of(part), rows_of(runner))
        stand.say(f"{compared:,} rows compared: all the same; ProjectionRunner came to position {position:,} of {self._log.made.head:,}")

    def results(self, samples: Samples) -> list[Result]:
        result = samples.result
        return [
            result("following the log", FOLLOWED, "events/s", rival=RUNNER, goal=40),
            result("following the log, in apps", f"{FOLLOWED}, apps", "apps/s", rival=f"{RUNNER}, apps"),
            result(f"rebuild from {self._log.made.head:,} events", REBUILT, "events/s", rival=RUNNER, goal=60),
            result("rebuild, in apps", f"{REBUILT}, apps", "apps/s", rival=f"{RUNNER}, apps"),
            result("rebuild, its share of the limit", REBUILT, "events/s", rival=STRAIGHT),
            *(result(f"limit of the rebuild: {stage} alone", stage, "events/s") for stage in STAGES),
            result("limit: single INSERT and commit", INSERTS, "commits/s"),
        ]
