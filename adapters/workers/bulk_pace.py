"""How many commands go together: as many as are surely done within a quarter of a second, as far as the last batches tell."""

from __future__ import annotations

from typing import Final

from domain.limits import BULK_PART_TARGETS_MAX

BATCH_SECONDS_MAX: Final = 0.25
"""Others wait for the append lock no longer than a batch takes; a revocation must be answered within a second."""
AIMED_SECONDS: Final = 0.12
"""Half of that: one batch is slower than another."""
FIRST: Final = 25
LEAST: Final = 5


class Pace:
    """The size of the next batch."""

    def __init__(self, batch_max: int = BULK_PART_TARGETS_MAX) -> None:
        self._batch_max = batch_max
        self.size = min(FIRST, batch_max)

    def took(self, count: int, seconds: float) -> None:
        """Learn from a batch: grow slowly, and shrink at once where one took too long; a small one that was quick tells little."""
        fits = int(count * AIMED_SECONDS / max(seconds, 1e-6))
        if seconds <= AIMED_SECONDS:
            fits = max(self.size, min(fits, 2 * self.size))
        self.size = min(max(LEAST, fits), self._batch_max)

    def of(self, left: int) -> int:
        """How many of those that are left go now: no small rest shall stay."""
        return left if 2 * left <= 3 * self.size and left <= self._batch_max else self.size
