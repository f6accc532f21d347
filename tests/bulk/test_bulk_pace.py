"""Bulk runs keep nobody waiting: batches are as large as fits into a quarter of a second, and what comes meanwhile goes in between."""

from __future__ import annotations

import time

import pytest

from adapters.workers.bulk_pace import BATCH_SECONDS_MAX, FIRST, LEAST, Pace
from commands.prepare_bulk_run import Criteria
from commands.principal import person
from commands.revoke_credential import RevokeCredential
from domain.bulk_order import BulkAction
from domain.limits import BULK_PART_TARGETS_MAX
from tests.bulk.conftest import There
from tests.examples import APP, OTTO, an_id, create, issue
from tests.given import OLGA, Sent

SUSPEND = BulkAction.SUSPEND


@pytest.mark.parametrize("each", [0.00005, 0.0004, 0.003, 0.04])
def test_whatever_a_command_costs_batches_come_to_last_less_than_a_quarter_of_a_second(each: float) -> None:
    pace = Pace()
    for _ in range(10):
        pace.took(pace.size, pace.size * each)
    assert pace.size * each <= BATCH_SECONDS_MAX
    assert pace.size == BULK_PART_TARGETS_MAX or pace.size * each > BATCH_SECONDS_MAX / 10


def test_one_slow_batch_makes_the_next_small_at_once() -> None:
    pace = Pace()
    for _ in range(10):
        pace.took(pace.size, pace.size * 0.0003)
    pace.took(pace.size, 5.0)
    assert LEAST <= pace.size <= FIRST


def test_a_revocation_that_is_sent_meanwhile_is_acknowledged_within_a_second(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    there.apps(1_500)
    there.do(create(app_id=APP, owner=OTTO, name="His"))
    keys = [an_id(f"key {number}") for number in range(10)]
    there.do(*(Sent(issue(key, app_id=APP), person(OTTO)) for key in keys))
    bulk_id = there.prepared(SUSPEND, Criteria(owner_id=OLGA), reason="spam")
    batches: list[float] = []
    took = Pace.took

    def noted(self: Pace, count: int, seconds: float) -> None:
        batches.append(seconds)
        took(self, count, seconds)

    monkeypatch.setattr(Pace, "took", noted)
    seconds = []
    with there.reacting():
        there.start(bulk_id)
        for key in keys:
            revoke = Sent(RevokeCredential(app_id=APP, credential_id=key, reason="leaked"), person(OTTO))
            begun = time.monotonic()
            there.do(revoke)
            seconds.append(time.monotonic() - begun)
            time.sleep(0.05)  # Spread over the run: revoked all at once, they would meet a single batch of it.
        run = there.wait_for(bulk_id, "finished", seconds=90)
    assert run.done == 1_500
    assert len(batches) >= 3
    assert max(seconds) < 1.0
    assert sorted(batches)[len(batches) // 2] <= BATCH_SECONDS_MAX
