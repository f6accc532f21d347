"""Any history, on a log in memory."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.commands.any_history import AnyHistory
from tests.commands.systems import MemorySystem
from tests.counts import Counts


class InMemory(AnyHistory):
    """The machine, on a log in memory."""

    new_system = staticmethod(MemorySystem)


@pytest.mark.part_spine
def test_whatever_people_do_in_whatever_order_the_system_keeps_its_promises(counts: Counts) -> None:
    run_state_machine_as_test(
        InMemory,
        settings=settings(
            max_examples=counts.machine_runs * 4,  # Cheap here; the database has its own run.
            stateful_step_count=counts.machine_steps,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
