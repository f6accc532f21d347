"""Somebody who looks at a dashboard all the time, over a connection of his own, and notes when it has come to which position."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from statistics import quantiles
from typing import Final, NamedTuple

import psycopg

from bench.children import wait_until

LOOK_SECONDS: Final = 0.0005
"""More often, he would be a load himself; what he sees is late by half of this and a round trip."""

Moments = Sequence[tuple[int, float]]
"""Positions, each with a moment (time.monotonic), both growing."""


class Watcher:
    """Looks by a query that answers with a position."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def watch(self, start: float, end: float, question: str) -> Moments:
        """Look from start to end; returns each position that was new, and when it was seen."""
        seen: list[tuple[int, float]] = []
        last = -1
        wait_until(start)
        while time.monotonic() < end:
            found = self._connection.execute(question.encode(), prepare=True).fetchone()
            moment = time.monotonic()
            position = found[0] if found is not None and found[0] is not None else 0
            if position > last:
                last = position
                seen.append((position, moment))
            time.sleep(LOOK_SECONDS)
        return seen

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Lags(NamedTuple):
    """Milliseconds from commit to seen."""

    p50: float
    p99: float


class NotSeen(Exception):
    """What was committed did not show in time."""


def lags(committed: Moments, seen: Moments) -> Lags:
    """The lag of each position that was committed. Raises NotSeen where one was never seen."""
    positions = [position for position, _ in seen]
    found = []
    for position, moment in committed:
        index = bisect_left(positions, position)
        if index == len(seen):
            raise NotSeen(f"position {position} was not seen; the last one was {positions[-1:]}")
        found.append(1_000 * max(0.0, seen[index][1] - moment))
    return percentiles(found)


def percentiles(milliseconds: Sequence[float]) -> Lags:
    """Median and 99th percentile."""
    if len(milliseconds) == 1:
        return Lags(milliseconds[0], milliseconds[0])
    hundredths = quantiles(milliseconds, n=100, method="inclusive")
    return Lags(hundredths[49], hundredths[98])
