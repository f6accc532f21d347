"""How much the long tests do: few in every `make test`, many in `make soak`."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Counts:
    """What a test that repeats itself reads; each number says of what."""

    name: str
    examples: int  # of a hypothesis property
    machine_runs: int  # of a hypothesis state machine
    machine_steps: int  # in each of them
    kills: int  # of a worker in the middle of its batches
    races: int  # between two workers
    removals: int  # of a team's admin while he acts, by another worker
    writers: int  # at once, on one log
    writers_seconds: float
    mutations: int  # of valid credentials and tokens
    revocations: int  # each followed by ten checks


COUNTS: Final = {
    # `make test` on a fresh clone stays under ten minutes.
    "small": Counts(
        "small",
        examples=50,
        machine_runs=25,
        machine_steps=30,
        kills=20,
        races=200,
        removals=60,
        writers=8,
        writers_seconds=5,
        mutations=20_000,
        revocations=300,
    ),
    "soak": Counts(
        "soak",
        examples=2_000,
        machine_runs=300,
        machine_steps=60,
        kills=100,
        races=2_000,
        removals=1_000,
        writers=8,
        writers_seconds=180,
        mutations=1_000_000,
        revocations=10_000,
    ),
}
