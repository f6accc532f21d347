"""Rounds: in each, everybody takes one turn after the other, so that a machine's moods hit all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bench.results import Result, Samples


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who is measured: `measure` gives one round's figures by name."""

    name: str
    measure: Callable[[], Mapping[str, float]]


class Part(Protocol):
    """One subject of the benchmark."""

    def contenders(self) -> list[Contender]:
        """Who takes turns; rivals beside ours. A contender that several parts name is measured once a round."""
        ...

    def finish(self) -> None:
        """Do what is done once, after all rounds; raises where what was measured turns out to be wrong."""
        ...

    def results(self, samples: Samples) -> list[Result]:
        """The lines for the table."""
        ...


def play(parts: Iterable[Part], rounds: int, say: Callable[[str], None]) -> list[Result]:
    """Play all rounds and give every part's results."""
    parts = list(parts)
    contenders = {contender.name: contender for part in parts for contender in part.contenders()}
    samples = Samples()
    for number in range(1, rounds + 1):
        for contender in contenders.values():
            say(f"round {number} of {rounds}: {contender.name}")
            samples.add(contender.measure())
    for part in parts:
        part.finish()
    return [result for part in parts for result in part.results(samples)]
