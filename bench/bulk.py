"""A bulk run over all apps: how soon its list can be looked at, how fast it goes beside the executor itself, and whom it keeps waiting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from bench.bulk_runs import BulkRuns, Listed, Revokes, Suspends, Turn
from bench.children import Child
from bench.follows import Follows
from bench.ours import Ours
from bench.results import PER_SECOND, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.watching import percentiles
from readmodels.bulk import ShownRun

DATABASE: Final = "bulk"
SEED: Final = 8
EXECUTOR: Final = "executor, batches of 100, the same commands"
CARRIED_OUT, LIST, MEMORY, REVOKED, REVOKED_MOST = "bulk run", "list", "bulk memory", "revoked p99", "revoked most"
TURN_SECONDS: Final = 2.0
"""As long as the worker works at one run before it looks for others."""
SLICES: Final = 20
LISTS: Final = 3
"""As many as an admin tries before he starts one; the median counts."""
LIST_SECONDS_MAX: Final = 10
SHARE_MIN: Final = 0.8
GROWTH_MAX: Final = 1.1
REVOCATION_MILLISECONDS_MAX: Final = 1_000


class BulkPart:
    """One run, after all rounds; between its turns the executor itself takes one, on the same kind of commands."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._figures: dict[str, list[float]] = defaultdict(list)
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
        executor = stand.child(Suspends, environment)
        self._bulk_run(environment, boundary, executor, others)
        for child in (executor, follows):
            child.close()

    def _bulk_run(self, environment: Mapping[str, str], boundary: datetime, executor: Child, others: list[UUID]) -> None:
        """Take turns with the executor: a machine's moods hit both alike."""
        stand, add = self._stand, self._figures
        runs: Child = stand.child(BulkRuns, environment)
        revokes: Child = stand.child(Revokes, environment)
        stand.say("making lists")
        lists: list[Listed] = [runs.ask("make_list", boundary) for _ in range(LISTS)]
        listed = lists[-1]
        self._targets = listed.targets
        stand.say(f"suspending {listed.targets:,} apps, while somebody revokes")
        runs.ask("start", listed.bulk_id)
        revokes.tell("revoke_during", listed.bulk_id)
        turns: list[Turn] = []
        slice_ = max(1, len(others) // SLICES)
        while not turns or not turns[-1].over:
            turns.append(runs.ask("turn", listed.bulk_id, TURN_SECONDS))
            if others:
                add[EXECUTOR].append(executor.ask("suspend", others[:slice_]))
                del others[:slice_]
        run: ShownRun = runs.ask("shown", listed.bulk_id)
        milliseconds: list[float] = revokes.answer()
        if run.done != listed.targets or sum(turn.done for turn in turns) != listed.targets:
            raise RuntimeError(f"{run.done} of {listed.targets} were suspended")
        add[LIST] += [each.seconds for each in lists]
        add[CARRIED_OUT] += [turn.done / turn.seconds for turn in turns]
        a_tenth = next(turn for number, turn in enumerate(turns, 1) if sum(each.done for each in turns[:number]) * 10 >= listed.targets)
        add[MEMORY].append(turns[-1].megabytes / a_tenth.megabytes)
        add[f"{MEMORY} MB"].append(turns[-1].megabytes)
        add[REVOKED].append(percentiles(milliseconds).p99)
        add[REVOKED_MOST].append(max(milliseconds))
        for child in (runs, revokes):
            child.close()

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
