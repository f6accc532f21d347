"""What a run found out: figures beside their rivals', and whether they are as good as they have to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

PER_SECOND = "commands/s"
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. `ratio` is how many times better ours is than the rival's."""

    name: str
    ours: float
    unit: str
    rival: str | None = None
    theirs: float | None = None
    ratio: float | None = None
    goal: float | None = None
    """The least ratio, where that is the goal."""
    bound: float | None = None
    """What `ours` may not pass, where that is the goal."""
    better: Better = "higher"
    ours_by_round: tuple[float, ...] = ()
    theirs_by_round: tuple[float, ...] = ()

    @property
    def reached(self) -> bool | None:
        """Whether the goal was reached; none where it has none."""
        if self.goal is not None:
            return self.ratio is not None and self.ratio >= self.goal
        if self.bound is not None:
            return self.ours <= self.bound if self.better == "lower" else self.ours >= self.bound
        return None


class Samples:
    """All that was measured: one figure a round under each name."""

    def __init__(self) -> None:
        self.figures: dict[str, list[float]] = defaultdict(list)

    def add(self, figures: Mapping[str, float]) -> None:
        """Take what one contender measured in one round."""
        for name, figure in figures.items():
            self.figures[name].append(figure)

    def result(
        self,
        name: str,
        ours: str,
        unit: str,
        *,
        rival: str | None = None,
        goal: float | None = None,
        bound: float | None = None,
        better: Better = "higher",
    ) -> Result:
        """The medians of ours and the rival's, as one line."""
        mine = self.figures[ours]
        other = [] if rival is None else self.figures[rival]
        theirs = median(other) if other else None
        ratio = None
        if theirs is not None:
            ratio = median(mine) / theirs if better == "higher" else theirs / median(mine)
        return Result(name, median(mine), unit, rival, theirs, ratio, goal, bound, better, tuple(mine), tuple(other))
