"""The rows of our signing keys. Whoever changes their lives holds the lock, so that one key signs at any time and at most one waits."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from joserfc.jwk import ECKey
from psycopg import Connection

from adapters.vault.master_key import MasterKey
from adapters.vault.signing_key import PUBLISHED_BEFORE, KeyState, SigningKey

_COLUMNS: Final = "kid, sealed, made_at, signs_from, signs_until, last_expiry, unpublished_at"
_ALL: Final = f"SELECT {_COLUMNS} FROM vault.signing_keys ORDER BY signs_from DESC, made_at DESC"  # noqa: S608 - made of our own names


class NoSuchKey(Exception):
    """No signing key has that id."""


def time_of(connection: Connection) -> datetime:
    """The time by the vault's database."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return _utc(row[0])


def lock(connection: Connection) -> None:
    """Be the only one who changes keys, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('launchpad signing keys'))")


def find_all(connection: Connection, master: MasterKey) -> tuple[list[SigningKey], datetime]:
    """All keys, the newest first, and the time. Raises WrongMasterKey."""
    at = time_of(connection)
    return _read(connection, master), at


def make(connection: Connection, master: MasterKey, now: datetime) -> SigningKey:
    """The key that signs; where none does, the one that waits signs now, else a new one."""
    keys = _read(connection, master)
    signing = _in(KeyState.SIGNING, keys, now)
    if signing is not None:
        return signing
    waiting = _in(KeyState.WAITING, keys, now)
    if waiting is None:
        return _insert(connection, master, now, signs_from=now)
    connection.execute("UPDATE vault.signing_keys SET signs_from = %s WHERE kid = %s", [now, waiting.kid])
    return _one(waiting.kid, connection, master)


def rotate(connection: Connection, master: MasterKey, now: datetime) -> SigningKey:
    """The key that signs next: the one that waits, else a new one, in whose favour the old one will stop."""
    keys = _read(connection, master)
    _forget_private(connection, master, keys, now)
    waiting, signing = _in(KeyState.WAITING, keys, now), _in(KeyState.SIGNING, keys, now)
    if signing is None:
        return make(connection, master, now)
    if waiting is not None:
        return waiting
    takes_over = now + PUBLISHED_BEFORE
    connection.execute("UPDATE vault.signing_keys SET signs_until = %s WHERE kid = %s", [takes_over, signing.kid])
    return _insert(connection, master, now, signs_from=takes_over)


def retire(connection: Connection, master: MasterKey, now: datetime, kid: str) -> SigningKey:
    """End that key for signing. Raises NoSuchKey. Returns the one that signs."""
    key = _one(kid, connection, master)
    state = key.state(now)
    if state in {KeyState.SIGNING, KeyState.WAITING}:
        connection.execute("UPDATE vault.signing_keys SET signs_until = %s WHERE kid = %s", [min(now, key.signs_from), kid])
    if state is KeyState.WAITING:  # Nobody takes over from the one that signs.
        connection.execute("UPDATE vault.signing_keys SET signs_until = NULL WHERE signs_until = %s AND kid <> %s", [key.signs_from, kid])
    _forget_private(connection, master, _read(connection, master), now)
    return make(connection, master, now)


def unpublish(connection: Connection, master: MasterKey, now: datetime, kid: str) -> SigningKey:
    """Retire that key and drop it. Raises NoSuchKey. Returns the one that signs."""
    signs = retire(connection, master, now, kid)
    connection.execute("UPDATE vault.signing_keys SET unpublished_at = %s WHERE kid = %s AND unpublished_at IS NULL", [now, kid])
    return signs


def note(connection: Connection, kid: str, expiry: datetime, now: datetime) -> bool:
    """Note that this key signs a token that lives until then; False where it may not sign any more."""
    noted = connection.execute(
        "UPDATE vault.signing_keys SET last_expiry = greatest(last_expiry, %s)"
        " WHERE kid = %s AND signs_from <= %s AND (signs_until IS NULL OR signs_until > %s) AND unpublished_at IS NULL",
        [expiry, kid, now, now],
    )
    return noted.rowcount == 1


def rounded_up(time: datetime, step: timedelta) -> datetime:
    """The next whole step after that time."""
    return time + step - (time - datetime.min.replace(tzinfo=UTC)) % step


def _insert(connection: Connection, master: MasterKey, now: datetime, signs_from: datetime) -> SigningKey:
    kid = f"{now:%Y%m%d}-{secrets.token_hex(4)}"
    pem = ECKey.generate_key("P-256").as_pem(private=True)
    connection.execute(
        "INSERT INTO vault.signing_keys (kid, sealed, made_at, signs_from) VALUES (%s, %s, %s, %s)",
        [kid, master.seal(purpose(kid), pem), now, signs_from],
    )
    return _one(kid, connection, master)


def _forget_private(connection: Connection, master: MasterKey, keys: list[SigningKey], now: datetime) -> None:
    """Keep only the public part of what signs no more: nobody can steal what is gone."""
    for key in keys:
        if key.key.is_private and key.state(now) in {KeyState.VERIFYING, KeyState.DROPPED}:
            public = master.seal(purpose(key.kid), key.key.as_pem(private=False))
            connection.execute("UPDATE vault.signing_keys SET sealed = %s WHERE kid = %s", [public, key.kid])


def _read(connection: Connection, master: MasterKey) -> list[SigningKey]:
    found = []
    for kid, sealed, made_at, signs_from, *ends in connection.execute(_ALL).fetchall():
        key = ECKey.import_key(master.open(purpose(kid), sealed), {"kid": kid})
        found.append(SigningKey(kid, key, _utc(made_at), _utc(signs_from), *map(_utc_or_none, ends)))
    return found


def _one(kid: str, connection: Connection, master: MasterKey) -> SigningKey:
    for key in _read(connection, master):
        if key.kid == kid:
            return key
    raise NoSuchKey(f"there is no signing key {kid!r}; launchpad keys list shows all")


def _in(state: KeyState, keys: list[SigningKey], now: datetime) -> SigningKey | None:
    return next((key for key in keys if key.state(now) is state), None)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _utc_or_none(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)


def purpose(kid: str) -> str:
    """What that key is sealed for."""
    return f"signing key {kid}"
