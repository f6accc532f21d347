"""How much a run does."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """The counts of one run; each number says of what."""

    rounds: int  # in which all take their turn
    seconds: float  # of each measurement in each round
    owners: int
    apps_of_each: int  # set up beforehand
    log_events: int  # that are followed, and rebuilt from
    bus_commands: int  # sent in each round
    runner_seconds: float  # that ProjectionRunner follows in each round
    lag_seconds: float  # of a steady 50 commands a second, in each round
    own_writes: int  # that are read back in each round
    memory_commands: int  # that one worker takes in all
    memory_after: int  # of them, from which on its memory is watched
    live_credentials: int  # that a gateway may present
    tokens: int  # that are live JWT credentials: more than a process remembers
    revocations: int  # in each round
    guesses: int  # at keys, of either sort in each round
    past_requests: int  # that a draft of the policy is tried over
    open_approvals: int  # of them, that wait in the queue
    queue_pages: int  # that are read in each round
    bulk_apps_of_each: int  # that one run suspends
    bulk_others_of_each: int  # that the executor suspends by itself


FULL: Final = Scale(
    rounds=5,
    seconds=2.5,
    owners=200,
    apps_of_each=100,
    log_events=200_000,
    bus_commands=5_000,
    runner_seconds=2.5,
    lag_seconds=6,
    own_writes=200,
    memory_commands=200_000,
    memory_after=10_000,
    live_credentials=100_000,
    tokens=12_000,
    revocations=100,
    guesses=1_000,
    past_requests=100_000,
    open_approvals=10_000,
    queue_pages=200,
    bulk_apps_of_each=500,
    bulk_others_of_each=200,
)
QUICK: Final = Scale(
    rounds=2,
    seconds=0.2,
    owners=10,
    apps_of_each=2,
    log_events=3_000,
    bus_commands=200,
    runner_seconds=0.3,
    lag_seconds=0.6,
    own_writes=10,
    memory_commands=2_000,
    memory_after=1_000,
    live_credentials=500,
    tokens=200,
    revocations=5,
    guesses=50,
    past_requests=3_000,
    open_approvals=200,
    queue_pages=10,
    bulk_apps_of_each=20,
    bulk_others_of_each=10,
)
"""Enough to see that every part runs; its figures say nothing."""
