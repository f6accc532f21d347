"""A worker that is killed with -9 in the middle of a bulk run, again and again: each target is done once, and each is reported."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from adapters.settings import Settings
from commands.prepare_bulk_run import Criteria
from domain.bulk_order import BulkAction
from tests.bulk.bulk_process import bulk_process
from tests.bulk.conftest import There
from tests.counts import Counts
from tests.following.followed import until
from tests.given import OLGA

APPS = 600


@pytest.mark.timeout(300)
@pytest.mark.part_admin
def test_whenever_it_is_killed_each_target_is_done_once_and_reported(there: There, settings: Settings, seed: int, counts: Counts) -> None:
    chance = random.Random(seed)
    there.apps(APPS)
    bulk_id = there.prepared(BulkAction.SUSPEND, Criteria(owner_id=OLGA), reason="spam")
    there.start(bulk_id)
    there.follow()
    caught, kills = 0, counts.bulk_kills
    process = bulk_process(settings)
    for _ in range(kills):
        following = bulk_process(settings)
        before = suspended(there)
        process.begin()
        until(lambda before=before: suspended(there) > before or suspended(there) == APPS, seconds=60)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.05))
        assert process.kill() == -9
        caught += suspended(there) < APPS
        process = following
    process.begin()
    run = there.wait_for(bulk_id, "finished", seconds=120)
    process.kill()
    assert caught
    assert (run.done, run.already_so, run.refused, run.not_sent) == (APPS, 0, {}, 0)
    found = there.all("SELECT originator_id, count(*) FROM log.events WHERE topic = 'app.suspended.v1' GROUP BY 1")
    assert Counter(count for _, count in found) == {1: APPS}
    assert Counter(item.result for item in there.items(bulk_id)) == {"done": APPS}
    assert there.events("command.refused.v1") == 0
    assert there.all("SELECT count(DISTINCT causation_id) FROM log.events WHERE topic = 'app.suspended.v1'") == [(1,)]
    reported = there.all("SELECT sum(jsonb_array_length(outcomes)) FROM bulk.report")
    assert reported == [(APPS,)]


@pytest.mark.timeout(300)
def test_whenever_it_is_killed_a_list_is_frozen_once(there: There, settings: Settings, seed: int, counts: Counts) -> None:
    chance = random.Random(seed)
    there.apps(APPS)
    there.follow()
    bulk_id = there.asked_for(BulkAction.SUSPEND, Criteria(owner_id=OLGA), reason="spam")
    there.follow()
    for _ in range(2):
        process = bulk_process(settings)
        process.begin()
        time.sleep(chance.uniform(0, 0.3))
        assert process.kill() == -9
    process = bulk_process(settings)
    process.begin()
    run = there.wait_for(bulk_id, "prepared", seconds=120)
    process.kill()
    assert run.targets == run.would_do == APPS
    assert len({item.id for item in there.items(bulk_id)}) == len(there.items(bulk_id)) == APPS
    assert there.events("bulk.prepared.v1") == 1


def suspended(there: There) -> int:
    return there.events("app.suspended.v1")
