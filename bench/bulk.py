"""A bulk run over all apps: how soon its list can be looked at, how fast it goes beside the executor itself, and whom it keeps waiting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from bench.bulk_runs import BulkRuns, CarriedOut, Listed, Revokes, Suspends
from bench.children import Child
from bench.follows import Follows
from bench.ours import Ours
from bench.results import PER_SECOND, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.watching import percentiles

DATABASE: Final = "bulk"
SEED: Final = 8
EXECUTOR: Final = "executor, batches of 100, the same commands"
CARRIED_OUT, LIST, MEMORY, REVOKED, REVOKED_MOST = "bulk run", "list", "bulk memory", "revoked p99", "revoked most"
LIST_SECONDS_MAX: Final = 10
SHARE_MIN: Final = 0.8
GROWTH_MAX: Final = 1.1
REVOCATION_MILLISECONDS_MAX: Final = 1_000


class BulkPart:
    """One run, after all rounds; the executor's own rate is measured on both sides of it."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._figures: dict[str, list[float]] = {}
        self._targets = 0

    def contenders(self) -> list[Contender]:
        return []

    def finish(self) -> None:
        """The run."""
        stand, scale = self._stand, self._stand.scale
        environment = stand.migrated(DATABASE)
        stand.say(f"making {scale.owners * (scale.bulk_apps_of_each + scale.bulk_others_of_each):,} apps, as commands")
        setting = stand.child(Ours, environment, scale.owners, SEED)
        setting.ask("set_up", scale.bulk_apps_of_each + scale.bulk_others_of_each)
        setting.close()
        follows = stand.child(Follows, environment)
        follows.ask("rebuild")
        follows.ask("start", 0)
        stand.tidy(DATABASE)
        boundary, others = self._others()
        half = len(others) // 2
        executor = stand.child(Suspends, environment)
        rates = [executor.ask("suspend", others[:half])]
        listed, done, milliseconds = self._bulk_run(environment, boundary)
        rates.append(executor.ask("suspend", others[half:]))
        for child in (executor, follows):
            child.close()
        self._targets = listed.targets
        self._figures = {
            LIST: [listed.seconds],
            EXECUTOR: rates,
            CARRIED_OUT: [done.done / done.seconds],
            MEMORY: [done.last / done.first],
            f"{MEMORY} MB": [done.last],
            REVOKED: [percentiles(milliseconds).p99],
            REVOKED_MOST: [max(milliseconds)],
        }

    def _bulk_run(self, environment: Mapping[str, str], boundary: datetime) -> tuple[Listed, CarriedOut, list[float]]:
        stand = self._stand
        runs: Child = stand.child(BulkRuns, environment)
        revokes: Child = stand.child(Revokes, environment)
        stand.say("making the list")
        listed: Listed = runs.ask("make_list", boundary)
        stand.say(f"suspending {listed.targets:,} apps, while somebody revokes")
        revokes.tell("revoke_during", listed.bulk_id)
        done: CarriedOut = runs.ask("carry_out", listed.bulk_id)
        milliseconds: list[float] = revokes.answer()
        if done.done != listed.targets:
            raise RuntimeError(f"{done.done} of {listed.targets} were suspended")
        for child in (runs, revokes):
            child.close()
        return listed, done, milliseconds

    def _others(self) -> tuple[datetime, list[UUID]]:
        """The apps that the executor suspends by itself: the youngest; and since when they are there."""
        count = self._stand.scale.owners * self._stand.scale.bulk_others_of_each
        with self._stand.connect(DATABASE) as connection:
            statement = "SELECT app_id, created_at FROM dashboard.app ORDER BY created_at DESC, app_id LIMIT %s"
            found = connection.execute(statement, [count]).fetchall()
        return min(created_at for _, created_at in found), [app_id for app_id, _ in found]

    def results(self, samples: Samples) -> list[Result]:
        for name, figures in self._figures.items():
            for figure in figures:
                samples.add({name: figure})
        result, of = samples.result, f"{self._targets:,} apps"
        revocation = "revocation sent while a bulk run goes on: until acknowledged"
        return [
            result(f"bulk run: the list of {of}, until it can be looked at", LIST, "s", bound=LIST_SECONDS_MAX, better="lower"),
            result(f"bulk run: suspension of {of}", CARRIED_OUT, PER_SECOND, rival=EXECUTOR, goal=SHARE_MIN),
            result(f"bulk run: memory at the end beside a tenth of {of}", MEMORY, "times", bound=GROWTH_MAX, better="lower"),
            result(f"bulk run: memory of the worker after {of}", f"{MEMORY} MB", "MB", better="lower"),
            result(f"{revocation}, p99", REVOKED, "ms", better="lower"),
            result(f"{revocation}, the longest", REVOKED_MOST, "ms", bound=REVOCATION_MILLISECONDS_MAX, better="lower"),
        ]
