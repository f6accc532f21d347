"""The life of our signing keys among several processes: who rotates and retires at once, what they remember, and a vault that is away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.vault import Vault, signing_key_rows
from adapters.vault import known_signing_keys as known_module
from adapters.vault import signing_keys as keys_module
from adapters.vault.signing_key import PUBLISHED_BEFORE, KeyState
from adapters.vault.signing_keys import NOTE_STEP, SigningKeys
from tests.vault.conftest import MASTER

START = datetime(2030, 1, 1, 12, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time that all processes of a test agree on."""
    return Clock()


@pytest.fixture
def pool(vault_url: str) -> Iterator[ConnectionPool[psycopg.Connection]]:
    """Connections to a migrated vault."""
    with ConnectionPool(vault_url, min_size=1, max_size=4, kwargs={"autocommit": True}, open=True) as pool:
        yield pool


@pytest.fixture
def keys(pool: ConnectionPool[psycopg.Connection], clock: Clock) -> SigningKeys:
    """The keys as one process sees them."""
    return SigningKeys(pool, MASTER, clock)


def calls_of(name: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note each call of that function, and let it through."""
    calls, through = [], getattr(signing_key_rows, name)

    def noted(*arguments: object) -> object:
        calls.append(arguments)
        return through(*arguments)

    monkeypatch.setattr(signing_key_rows, name, noted)
    return calls


def states(keys: SigningKeys) -> dict[str, KeyState]:
    return {key.kid: state for key, state in keys.listed()}


def published(keys: SigningKeys) -> set[str]:
    keys.look_again()
    return {key.kid for key in keys.published()}


def test_a_key_that_signed_nothing_is_dropped_as_soon_as_another_signs(keys: SigningKeys, clock: Clock) -> None:
    old, new = keys.make(), keys.rotate()
    assert published(keys) == {old.kid, new.kid}
    clock.now += PUBLISHED_BEFORE
    assert published(keys) == {new.kid}


def test_rotating_before_there_is_a_key_makes_the_first(keys: SigningKeys) -> None:
    assert keys.rotate().signs_from == START


def test_when_the_signing_key_is_retired_the_one_that_waits_takes_over_at_once(keys: SigningKeys) -> None:
    old = keys.signing(START + DAY)
    new = keys.rotate()
    assert keys.retire(old.kid).kid == new.kid
    assert keys.signing(START + DAY).kid == new.kid
    assert len(states(keys)) == 2


def test_when_the_one_that_waits_is_retired_the_old_one_goes_on(keys: SigningKeys, clock: Clock) -> None:
    old = keys.signing(START + DAY)
    new = keys.rotate()
    assert keys.retire(new.kid).kid == old.kid
    assert published(keys) == {old.kid}
    clock.now += 2 * PUBLISHED_BEFORE
    assert keys.signing(clock.now + DAY).kid == old.kid
    assert keys.rotate().kid not in {old.kid, new.kid}


def test_a_key_that_was_retired_can_be_dropped_later_and_both_again_change_nothing(keys: SigningKeys, clock: Clock) -> None:
    old = keys.signing(START + DAY)
    new = keys.retire(old.kid)
    assert keys.retire(old.kid).kid == new.kid
    clock.now += HOUR
    assert keys.unpublish(old.kid).kid == new.kid
    clock.now += HOUR
    assert keys.unpublish(old.kid).kid == new.kid
    dropped = next(key for key, _ in keys.listed() if key.kid == old.kid)
    assert (dropped.signs_until, dropped.unpublished_at) == (START, START + HOUR)


def test_signing_a_thousand_tokens_costs_hardly_a_write(
    keys: SigningKeys, pool: ConnectionPool[psycopg.Connection], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = calls_of("note", monkeypatch)
    for _ in range(1000):
        keys.signing(clock.now + 5 * MINUTE)
        clock.now += timedelta(seconds=5)
    assert len(written) == 2
    keys.look_again()
    another = SigningKeys(pool, MASTER, clock)
    another.signing(clock.now)
    assert len(written) == 2


@pytest.mark.parametrize("after", [timedelta(0), timedelta(microseconds=1), 59 * MINUTE, HOUR])
def test_what_is_noted_is_never_earlier_than_what_was_signed(keys: SigningKeys, after: timedelta) -> None:
    keys.signing(START + after)
    keys.look_again()
    ((key, _),) = keys.listed()
    assert key.last_expiry is not None
    assert START + after < key.last_expiry <= START + after + NOTE_STEP


def test_another_process_that_has_not_looked_since_does_not_sign_longer_tokens_with_a_retired_key(
    pool: ConnectionPool[psycopg.Connection], clock: Clock
) -> None:
    here, there = SigningKeys(pool, MASTER, clock), SigningKeys(pool, MASTER, clock)
    old = here.signing(START + HOUR)
    assert there.signing(START + HOUR).kid == old.kid
    new = here.retire(old.kid)
    assert there.signing(START + 9 * DAY).kid == new.kid


def test_a_new_key_of_another_process_is_found_at_once_and_made_up_ones_ask_seldom(
    pool: ConnectionPool[psycopg.Connection], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = SigningKeys(pool, MASTER, clock), SigningKeys(pool, MASTER, clock)
    there.look_again()
    assert there.find(here.make().kid)
    monkeypatch.setattr(keys_module, "UNKNOWN_SECONDS", 60)
    there = SigningKeys(pool, MASTER, clock)
    there.look_again()
    asked = calls_of("find_all", monkeypatch)
    assert not any(there.find(f"made-up-{number}") for number in range(50))
    assert len(asked) == 1


def test_every_process_lets_go_of_a_dropped_key_within_seconds(
    pool: ConnectionPool[psycopg.Connection], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_module, "FRESH_SECONDS", 0.0)
    here, there = SigningKeys(pool, MASTER, clock), SigningKeys(pool, MASTER, clock)
    old = here.make()
    assert there.find(old.kid)
    here.unpublish(old.kid)
    assert there.find(old.kid) is None


def test_while_the_vault_is_away_keys_in_memory_serve_for_a_while(vault_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_module, "FRESH_SECONDS", 0.0)
    pool = ConnectionPool[psycopg.Connection](vault_url, min_size=1, timeout=0.2, kwargs={"autocommit": True}, open=True)
    keys = SigningKeys(pool, MASTER, clock)
    key = keys.signing(START + HOUR)
    pool.close()
    assert keys.find(key.kid)
    assert keys.signing(START + HOUR).kid == key.kid
    assert keys.find("made-up") is None
    with pytest.raises(known_module.AWAY):
        keys.signing(START + 9 * DAY)
    with pytest.raises(known_module.AWAY):
        keys.rotate()
    monkeypatch.setattr(known_module, "STALE_SECONDS", 0.0)
    with pytest.raises(known_module.AWAY):
        keys.find(key.kid)


def test_processes_that_make_and_rotate_at_the_same_moment_agree(vault_url: str, clock: Clock) -> None:
    vaults = [Vault(vault_url, MASTER) for _ in range(4)]
    try:
        everyone = [SigningKeys(vault._pool, MASTER, clock) for vault in vaults]
        for round_ in range(10):
            with ThreadPoolExecutor(len(everyone)) as threads:
                signing = set(threads.map(lambda keys: keys.signing(clock.now + DAY).kid, everyone))
                waiting = {key.kid for key in threads.map(lambda keys: keys.rotate(), everyone)}
            assert (len(signing), len(waiting)) == (1, 1)
            assert len(everyone[0].listed()) == round_ + 2
            clock.now += PUBLISHED_BEFORE
            for keys in everyone:
                keys.look_again()
            assert {keys.signing(clock.now + DAY).kid for keys in everyone} == waiting
    finally:
        for vault in vaults:
            vault.close()


def test_processes_that_retire_at_the_same_moment_leave_one_that_signs(vault_url: str, clock: Clock) -> None:
    vaults = [Vault(vault_url, MASTER) for _ in range(4)]
    try:
        everyone = [SigningKeys(vault._pool, MASTER, clock) for vault in vaults]
        for _ in range(10):
            kid = everyone[0].make().kid
            with ThreadPoolExecutor(len(everyone)) as threads:
                signs = {key.kid for key in threads.map(lambda keys, kid=kid: keys.retire(kid), everyone)}
            assert len(signs) == 1
            assert kid not in signs
            assert list(states(everyone[0]).values()).count(KeyState.SIGNING) == 1
            clock.now += MINUTE
    finally:
        for vault in vaults:
            vault.close()


def test_without_a_clock_of_its_own_time_is_the_databases(vault: Vault, vault_url: str) -> None:
    key = vault.signing_keys.signing(datetime.now(UTC) + HOUR)
    with psycopg.connect(vault_url) as connection:
        (age,) = connection.execute("SELECT clock_timestamp() - %s", [key.made_at]).fetchone() or ()
    assert timedelta(0) <= age < MINUTE
    assert vault.signing_keys.rotate().signs_from - key.signs_from > PUBLISHED_BEFORE - MINUTE
