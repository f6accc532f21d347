"""The keys that we sign tokens with (ES256): made, rotated and retired in the vault, and used from memory by every process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from joserfc.jwk import ECKey
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.vault import signing_key_rows as rows
from adapters.vault.key_in_force import with_key_in_force
from adapters.vault.known_signing_keys import KnownSigningKeys
from adapters.vault.master_key import MasterKey
from adapters.vault.signing_key import KeyState, SigningKey

UNKNOWN_SECONDS: Final = 0.25
"""A key id that we don't know makes us look into the vault, at most this often, whoever invents such ids."""
NOTE_STEP: Final = timedelta(hours=1)
"""A key's last expiry is rounded up to this, so that a signature seldom costs a write."""


class SigningKeys:
    """Our signing keys. Safe to share between threads, and among any number of processes.

    Time is the vault's database's, never this machine's; `clock` replaces it in tests. Methods raise psycopg's OperationalError or
    PoolTimeout where the vault must be asked and is away, and WrongMasterKey.
    """

    def __init__(self, pool: ConnectionPool[Connection], master: MasterKey, clock: Callable[[], datetime] | None = None) -> None:
        self._pool = pool
        self._master = master
        self._clock = clock
        self._known = KnownSigningKeys(pool, master, clock)
        self._unknown_due = float("-inf")
        self._noted: dict[str, datetime] = {}

    def signing(self, until: datetime) -> SigningKey:
        """The key that signs now, for a token that expires at that time: noted first, so that the key stays published as long."""
        while True:
            known = self._known.fresh()
            now = self._known.time(known)
            key = next((key for key in known.keys if key.state(now) is KeyState.SIGNING), None)
            if key is None:
                self.make()
            elif self._note(key, until):
                return key
            else:
                self.look_again()  # It was retired a moment ago.

    def published(self) -> list[SigningKey]:
        """The keys of our JWKS: those that will sign, that sign, and that signed tokens which still live."""
        known = self._known.fresh()
        return [key for key in known.keys if key.kid in known.published]

    def find(self, kid: str) -> tuple[ECKey, int] | None:
        """The published key of that id, and the generation that it belongs to."""
        known = self._known.fresh()
        if kid not in known.published and time.monotonic() >= self._unknown_due:
            self._unknown_due = time.monotonic() + UNKNOWN_SECONDS
            known = self._known.newer_than(known)  # Another process may have made it a moment ago.
        key = known.published.get(kid)
        return None if key is None else (key, known.generation)

    @property
    def generation(self) -> int:
        """Grows with every change of what is published: whatever was verified before counts no more."""
        return self._known.fresh().generation

    def listed(self) -> list[tuple[SigningKey, KeyState]]:
        """All keys that there ever were, the newest first, as the vault has them now."""
        known = self._known.now_in_vault()
        now = self._known.time(known)
        return [(key, key.state(now)) for key in known.keys]

    def look_again(self) -> None:
        """Read the keys anew, now."""
        self._known.now_in_vault()

    def make(self) -> SigningKey:
        """The key that signs; made when there is none: it signs at once, as there is no other."""
        return self._change(rows.make)

    def rotate(self) -> SigningKey:
        """The key that signs next, from PUBLISHED_BEFORE on; where one waits already, that one. Makes the first if there is none."""
        return self._change(rows.rotate)

    def retire(self, kid: str) -> SigningKey:
        """End that key for signing, now; what it signed stays valid. Another one signs at once. Raises NoSuchKey; returns who signs."""
        return self._change(lambda connection, master, now: rows.retire(connection, master, now, kid))

    def unpublish(self, kid: str) -> SigningKey:
        """Retire that key and refuse all that it signed: it was stolen. Raises NoSuchKey; returns who signs."""
        return self._change(lambda connection, master, now: rows.unpublish(connection, master, now, kid))

    def _change(self, change: Callable[[Connection, MasterKey, datetime], SigningKey]) -> SigningKey:
        def write(connection: Connection) -> SigningKey:
            with connection.transaction():
                rows.lock(connection)
                return change(connection, self._master, self._now(connection))

        key = with_key_in_force(self._pool, self._master, write)
        self.look_again()
        return key

    def _note(self, key: SigningKey, until: datetime) -> bool:
        """Whether the vault knows that this key signs something that lives until then; False where it may not sign any more."""
        noted = [time for time in (key.last_expiry, self._noted.get(key.kid)) if time is not None]
        if noted and until <= max(noted):
            return True
        rounded = rows.rounded_up(until, NOTE_STEP)
        with self._pool.connection() as connection:
            may_sign = rows.note(connection, key.kid, rounded, self._now(connection))
        if may_sign:
            self._noted[key.kid] = max([rounded, *noted])
        return may_sign

    def _now(self, connection: Connection) -> datetime:
        return self._clock() if self._clock else rows.time_of(connection)
