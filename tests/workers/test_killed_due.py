"""A worker that is killed with -9 in the middle of what is due, and a database that goes away: each thing happens once."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.compose import Launchpad, migrate
from adapters.settings import Settings
from tests import servers
from tests.counts import Counts
from tests.examples import an_id, create, issue
from tests.following.followed import until
from tests.workers.conftest import There
from tests.workers.due_process import due_process

APPS, KEYS_OF_EACH = 20, 10


@pytest.mark.timeout(300)
def test_whatever_is_killed_in_the_middle_each_credential_expires_once(there: There, settings: Settings, seed: int, counts: Counts) -> None:
    chance = random.Random(seed)
    at = there.now + timedelta(seconds=3)
    for number in range(APPS):
        app_id = an_id(f"app {number}")
        keys = (an_id(f"key {number} {each}") for each in range(KEYS_OF_EACH))
        there.do(create(app_id=app_id, name=f"App {number}"), *(issue(key, app_id=app_id, expires_at=at) for key in keys))
    there.wait_until_due(at)
    caught, kills = 0, counts.kills // 4
    process = due_process(settings, batch_max=2)
    for _ in range(kills):
        following = due_process(settings, batch_max=2)
        before = expired(there)
        process.begin()
        until(lambda before=before: expired(there) > before or not left(there), seconds=40)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.02))
        assert process.kill() == -9
        caught += expired(there) < APPS * KEYS_OF_EACH
        process = following
    process.begin()
    until(lambda: expired(there) == APPS * KEYS_OF_EACH and not there.to_do(), seconds=60)
    process.kill()
    assert caught
    found = there.all("SELECT originator_id, count(*) FROM log.events WHERE topic = 'credential.expired.v1' GROUP BY 1")
    assert Counter(count for _, count in found) == {1: APPS * KEYS_OF_EACH}
    assert there.all("SELECT count(*) FROM log.events WHERE topic = 'command.refused.v1'") == [(0,)]
    assert there.all("SELECT count(*) FROM log.outcomes WHERE principal = 'system'") == [(APPS * KEYS_OF_EACH,)]


def expired(there: There) -> int:
    return int(there.all("SELECT count(*) FROM log.events WHERE topic = 'credential.expired.v1'")[0][0])


def left(there: There) -> bool:
    return expired(there) < APPS * KEYS_OF_EACH


def test_what_falls_due_while_the_database_is_away_happens_when_it_is_back(tmp_path: Path) -> None:
    with servers.scratch(servers.DISK) as folder, servers.postgres(folder / "postgres", durable=True) as server:
        settings = Settings(database_url=server.url("launchpad"), vault_url=server.url("vault"), home=tmp_path, local_issuer="on")
        server.create("launchpad")
        migrate(settings)
        with Launchpad(settings) as launchpad:
            there = There(settings, launchpad)
            there.do(issue(expires_at=there.now + timedelta(seconds=2)))
            with there.reacting() as worker:
                until(there.to_do)
                server.kill()
                time.sleep(2)  # The expiry passes meanwhile: time itself is what this waits for.
                server.start()
                there.look_again()
                until(lambda: there.events()[-1] == "expired" and not there.to_do(), seconds=40)
                assert worker.failed is None
            there.owner.close()
