"""Any history, on a log in memory."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from commands.catalogue import CATALOGUE
from tests.commands.history.any_history import OF_THE_POLICY, AnyHistory, walk
from tests.commands.systems import MemorySystem
from tests.counts import Counts

TOLD = ("notice.", "preferences.", "webhook.")
"""How the commands of notices begin: they touch no app and read none, and tests/notices walks their ways."""
WALKS = 4
"""Random walks for each run of the state machine: they shrink nothing, but go further in the same time."""


class InMemory(AnyHistory):
    """The machine, on a log in memory."""

    new_system = staticmethod(MemorySystem)


@pytest.mark.part_spine
def test_whatever_people_do_in_whatever_order_the_system_keeps_its_promises(counts: Counts) -> None:
    run_state_machine_as_test(
        InMemory,
        settings=settings(
            max_examples=counts.machine_runs,
            stateful_step_count=counts.machine_steps,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@pytest.mark.part_spine
def test_a_long_way_of_random_steps_keeps_them_too(counts: Counts, seed: int) -> None:
    answers: set[tuple[str, str | None]] = set()
    for number in range(counts.machine_runs * WALKS):
        machine = InMemory()
        try:
            walk(machine, random.Random(f"{seed} {number}"), counts.machine_steps * 2)
        except Exception as error:
            error.add_note(f"on walk {number} of seed {seed}")
            raise
        answers.update((envelope.name, outcome.code) for envelope, outcome in machine.done)
    wanted = {name for name in CATALOGUE if not name.startswith(TOLD)}
    assert {name for name, code in answers if code is None} == wanted  # Each command was accepted at least once,
    assert len({code for _, code in answers}) > 25  # and the walks met most of the refusals that there are.


@pytest.mark.part_spine
def test_whatever_changes_after_it_was_let_in_nothing_is_open_that_would_not_be(counts: Counts, seed: int) -> None:
    """No laundering, by whatever way: edits, removals, new policies, products that change, asking again."""
    happened: Counter[str] = Counter()
    for number in range(counts.machine_runs // 2):
        machine = InMemory()
        try:
            walk(machine, random.Random(f"{seed} {number}"), counts.machine_steps * 10, OF_THE_POLICY)
        except Exception as error:
            error.add_note(f"on walk {number} of seed {seed}")
            raise
        happened.update(machine.system.observed.kinds)
    assert happened["SubscriptionReturned"] > 20
    assert happened["ApprovalProductStaysOpen"] > 20
    assert happened["ApprovalProductReevaluated"] > 0
