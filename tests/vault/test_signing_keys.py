"""Our signing keys: published before they sign and after they signed, the same in every process, and gone when they were stolen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.vault import MasterKey, WrongMasterKey
from adapters.vault.signing_key import PUBLISHED_BEFORE, KeyState
from adapters.vault.signing_key_rows import NoSuchKey
from adapters.vault.signing_keys import NOTE_STEP, SigningKeys
from tests.vault.conftest import MASTER

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = timedelta(minutes=5)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(vault_url: str) -> Iterator[ConnectionPool[psycopg.Connection]]:
    with ConnectionPool(vault_url, min_size=1, max_size=4, kwargs={"autocommit": True}) as pool:
        yield pool


@pytest.fixture
def keys(pool: ConnectionPool[psycopg.Connection], clock: Clock) -> SigningKeys:
    return SigningKeys(pool, MASTER, clock)


def kids(keys: SigningKeys) -> list[str]:
    keys.look_again()
    return [key.kid for key in keys.published()]


def test_the_first_key_signs_at_once(keys: SigningKeys) -> None:
    signs = keys.signing(NOW + SOON)
    assert kids(keys) == [signs.kid]
    assert keys.find(signs.kid) is not None
    assert keys.signing(NOW + SOON).kid == signs.kid


def test_a_new_key_is_published_long_before_it_signs(keys: SigningKeys, clock: Clock) -> None:
    old = keys.signing(NOW + SOON)
    new = keys.rotate()
    assert new.kid != old.kid
    assert kids(keys) == [new.kid, old.kid]
    clock.now = NOW + PUBLISHED_BEFORE - timedelta(seconds=1)
    assert keys.signing(clock.now + SOON).kid == old.kid
    clock.now = NOW + PUBLISHED_BEFORE
    assert keys.signing(clock.now + SOON).kid == new.kid


def test_rotating_again_while_one_waits_makes_no_third(keys: SigningKeys) -> None:
    keys.make()
    assert keys.rotate().kid == keys.rotate().kid
    assert len(keys.listed()) == 2


def test_an_old_key_stays_published_until_its_last_token_has_expired(keys: SigningKeys, clock: Clock) -> None:
    lives_long = NOW + timedelta(days=90)
    old = keys.signing(lives_long)
    new = keys.rotate()
    clock.now = lives_long - timedelta(seconds=1)
    assert kids(keys) == [new.kid, old.kid]
    clock.now = lives_long + NOTE_STEP
    assert kids(keys) == [new.kid]
    assert keys.find(old.kid) is None


def test_what_signs_no_more_has_lost_its_private_part(keys: SigningKeys, clock: Clock) -> None:
    old = keys.signing(NOW + timedelta(days=1))
    keys.rotate()
    clock.now = NOW + PUBLISHED_BEFORE
    keys.rotate()
    (found,) = [key for key, _ in keys.listed() if key.kid == old.kid]
    assert not found.key.is_private


def test_a_retired_key_signs_no_more_and_what_it_signed_stays_valid(keys: SigningKeys) -> None:
    old = keys.signing(NOW + timedelta(days=1))
    signs = keys.retire(old.kid)
    assert signs.kid != old.kid
    assert keys.signing(NOW + SOON).kid == signs.kid
    assert set(kids(keys)) == {signs.kid, old.kid}


def test_a_stolen_key_is_dropped_with_all_that_it_signed(keys: SigningKeys) -> None:
    stolen = keys.signing(NOW + timedelta(days=1))
    before = keys.generation
    signs = keys.unpublish(stolen.kid)
    assert kids(keys) == [signs.kid]
    assert keys.generation > before
    assert keys.find(stolen.kid) is None
    assert {key.kid: state for key, state in keys.listed()}[stolen.kid] is KeyState.DROPPED


def test_a_key_that_nobody_has_is_told(keys: SigningKeys) -> None:
    with pytest.raises(NoSuchKey, match="no signing key 'nobody'"):
        keys.retire("nobody")


def test_another_process_finds_a_key_that_was_made_a_moment_ago(
    keys: SigningKeys, pool: ConnectionPool[psycopg.Connection], clock: Clock
) -> None:
    other = SigningKeys(pool, MASTER, clock)
    keys.make()
    assert kids(other) == kids(keys)
    new = keys.unpublish(kids(keys)[0])
    assert other.find(new.kid) is not None


def test_processes_that_begin_at_once_agree_on_one_key(pool: ConnectionPool[psycopg.Connection], clock: Clock) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(SigningKeys(pool, MASTER, clock).signing(NOW + SOON).kid)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_key_that_signs_is_noted_before_its_signature_leaves(keys: SigningKeys, pool: ConnectionPool[psycopg.Connection]) -> None:
    """Else a crash in between could drop a key whose token lives."""
    until = NOW + timedelta(days=30)
    kid = keys.signing(until).kid
    with pool.connection() as connection:
        row = connection.execute("SELECT last_expiry FROM vault.signing_keys WHERE kid = %s", [kid]).fetchone()
    assert row is not None
    assert until <= row[0] <= until + NOTE_STEP


def test_private_keys_lie_sealed(keys: SigningKeys, pool: ConnectionPool[psycopg.Connection], clock: Clock) -> None:
    keys.make()
    with pool.connection() as connection:
        row = connection.execute("SELECT sealed FROM vault.signing_keys").fetchone()
    assert row is not None
    assert b"PRIVATE" not in row[0]
    with pytest.raises(WrongMasterKey):
        SigningKeys(pool, MasterKey(bytes(32)), clock).published()


def test_the_key_set_shows_public_parts_alone(keys: SigningKeys) -> None:
    public = keys.make().public
    assert public.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (public["kty"], public["crv"], public["alg"]) == ("EC", "P-256", "ES256")
