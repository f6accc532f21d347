"""Who takes commands, once and for all parts: our processes and the library's, each on its own database of the same server."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from bench.children import Child, ask_all, in_one_window
from bench.library import Library
from bench.library_app import environment as library_environment
from bench.ours import Ours
from bench.rounds import Contender
from bench.stand import Stand

OURS, LIBRARY = "ours", "library"
ONE_EACH: Final = "eventsourcing, one save each"
ONE_EACH_BY_TWO: Final = "eventsourcing, one save each, two processes"
WARM_UP: Final = 1_000


class Commanded:
    """The processes that take commands. Set up at the first use: 200 owners that hold 100 apps each, in both databases."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def ours(self) -> Sequence[Child]:
        """Two processes of ours on disjoint apps."""
        stand, scale = self._stand, self._stand.scale
        environment = stand.migrated(OURS)
        children = [stand.child(Ours, environment, scale.owners, seed) for seed in (1, 2)]
        stand.say(f"setting up {scale.owners} owners with {scale.apps_of_each} apps each, as commands")
        children[0].ask("set_up", scale.apps_of_each)
        ask_all(children, "take", WARM_UP, 100)
        stand.tidy(OURS)
        return children

    @cached_property
    def library(self) -> Sequence[Child]:
        """Two processes of the rival."""
        stand, scale = self._stand, self._stand.scale
        stand.postgres.create(LIBRARY)
        stand.say("setting up as many apps through the library")
        children = []
        for _ in range(2):  # One after the other: two that create the library's tables at the same time fail.
            children.append(stand.child(Library, library_environment(stand.postgres.url(LIBRARY)), scale.owners))
            children[-1].ask("set_up", scale.apps_of_each // 2)
        stand.tidy(LIBRARY)
        return children

    def one_each(self) -> Contender:
        """The rival that most goals are measured against."""
        return Contender(ONE_EACH, lambda: self._library_rate(ONE_EACH, "one_each", self.library[:1]))

    def one_each_by_two(self) -> Contender:
        """The same in two processes."""
        return Contender(ONE_EACH_BY_TWO, lambda: self._library_rate(ONE_EACH_BY_TWO, "one_each", self.library))

    def together(self, name: str) -> Contender:
        """A hundred aggregates in one save."""
        return Contender(name, lambda: self._library_rate(name, "together", self.library[:1]))

    def _library_rate(self, name: str, method: str, children: Sequence[Child]) -> dict[str, float]:
        windows = in_one_window(children, method, self._stand.scale.seconds)
        return {name: sum(window.rate for window in windows)}
