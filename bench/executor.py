"""Commands through the executor: from the request as it comes in to the outcome, committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.children import Child, ask_all, in_one_window
from bench.commanded import ONE_EACH, ONE_EACH_BY_TWO, OURS, Commanded
from bench.results import PER_SECOND, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.watching import percentiles

RATE_MAX: Final = {1: 4_000, 10: 12_000, 100: 24_000, 500: 24_000}
"""Commands a second that are prepared for each size of batch; more than were ever taken."""
TOGETHER: Final = "eventsourcing, 100 aggregates in one save"
TWO: Final = "two processes, batches of 100"
P99: Final = "batch of 100, p99"


class ExecutorPart:
    """One process in batches of several sizes; two processes on disjoint apps."""

    def __init__(self, stand: Stand, commanded: Commanded) -> None:
        self._stand = stand
        self._commanded = commanded

    def contenders(self) -> list[Contender]:
        def ours(batch: int) -> Contender:
            return Contender(f"batches of {batch}", lambda: self._measure(f"batches of {batch}", batch, 1))

        return [
            ours(100),
            self._commanded.one_each(),
            ours(1),
            self._commanded.together(TOGETHER),
            Contender(TWO, lambda: self._measure(TWO, 100, 2)),
            self._commanded.one_each_by_two(),
            ours(10),
            ours(500),
        ]

    def _measure(self, name: str, batch: int, processes: int) -> dict[str, float]:
        seconds = self._stand.scale.seconds
        children: Sequence[Child] = self._commanded.ours[:processes]
        ask_all(children, "prepare", round(RATE_MAX[batch] * seconds))
        windows = in_one_window(children, "measure", seconds, batch)
        figures = {name: sum(window.rate for window in windows)}
        if batch == 100 and processes == 1:
            figures[P99] = percentiles([1_000 * seconds for seconds in windows[0].batch_seconds]).p99
        return figures

    def finish(self) -> None:
        """Say how many events the commands of the mix have led to."""
        with self._stand.connect(OURS) as connection:
            rows = connection.execute(
                "SELECT split_part(topic, '.', 1), count(*), count(DISTINCT command_id) FROM log.events GROUP BY 1 ORDER BY 1"
            ).fetchall()
            per_command = connection.execute(
                "SELECT avg(events) FROM (SELECT count(*) AS events FROM log.events WHERE app_id IN"
                " (SELECT app_id FROM log.events WHERE topic = 'credential.rotated.v1' LIMIT 1000) GROUP BY command_id) AS each"
            ).fetchone()
        events = sum(count for _, count, _ in rows)
        self._stand.say(f"{events:,} events in the log; {float(per_command[0]):.1f} a command of the mix" if per_command else "no events")

    def results(self, samples: Samples) -> list[Result]:
        result = samples.result
        return [
            result("executor, one process, batches of 100", "batches of 100", PER_SECOND, rival=ONE_EACH, goal=15),
            result("executor, one process, one at a time", "batches of 1", PER_SECOND, rival=ONE_EACH, goal=1.2),
            result("executor, two processes, batches of 100", TWO, PER_SECOND, rival=ONE_EACH, goal=24),
            result("executor, two processes, batches of 100", TWO, PER_SECOND, rival=ONE_EACH_BY_TWO, goal=15),
            result("executor, one process, batches of 100", "batches of 100", PER_SECOND, rival=TOGETHER),
            result("executor, one process, batches of 10", "batches of 10", PER_SECOND, rival=ONE_EACH),
            result("executor, one process, batches of 500", "batches of 500", PER_SECOND, rival=ONE_EACH),
            result("executor, one process, batches of 100: p99 of a batch", P99, "ms", better="lower"),
        ]
