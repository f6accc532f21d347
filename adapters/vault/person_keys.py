"""Each person's key: made before anything about him is written, deleted to erase him."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.vault.key_in_force import with_key_in_force
from adapters.vault.master_key import MasterKey

CACHE_KEYS_MAX: Final = 20_000
"""About 5 MB, and more persons than one page of events can name."""
CACHE_SECONDS: Final = 60
"""How long an erased person may still be read by a process that has his key in memory."""
KEY_BYTES: Final = 32
"""AES-256."""

_MAKE: Final = """
    INSERT INTO vault.person_keys (person, sealed)
    SELECT * FROM unnest(%b::uuid[], %b::bytea[])
    ON CONFLICT DO NOTHING
    RETURNING person, sealed
"""
_FIND: Final = "SELECT person, sealed FROM vault.person_keys WHERE person = ANY(%b::uuid[])"


class PersonKeys:
    """Persons' keys in the vault, with the recent ones in memory. Safe to share between threads."""

    def __init__(self, pool: ConnectionPool[Connection], master: MasterKey) -> None:
        self._pool = pool
        self._master = master
        # Keyed by the UUID's integer: the hash of a UUID object runs in Python.
        self._recent: OrderedDict[int, tuple[bytes, float]] = OrderedDict()
        self._lock = threading.Lock()

    def for_sealing(self, persons: Iterable[UUID]) -> dict[UUID, bytes]:
        """The key of each of these persons; who has none gets one."""
        keys, missing = self._known(persons)
        if missing:
            # First look, then make: most have a key, and two who make the same one at once meet in an order without deadlock.
            keys |= self._find(missing)
            missing = sorted(person for person in missing if person not in keys)
        while missing:
            keys |= self._make(missing)
            missing = [person for person in missing if person not in keys]
            if missing:
                keys |= self._find(missing)  # Somebody else made them at this very moment.
                missing = [person for person in missing if person not in keys]
        return keys

    def for_opening(self, persons: Iterable[UUID]) -> dict[UUID, bytes]:
        """The keys that there are, in one query; who is missing from the answer was erased."""
        keys, missing = self._known(persons)
        return keys | self._find(missing) if missing else keys

    def _known(self, persons: Iterable[UUID]) -> tuple[dict[UUID, bytes], list[UUID]]:
        now, keys, missing = time.monotonic(), dict[UUID, bytes](), list[UUID]()
        for person in set(persons):
            recent = self._recent.get(person.int)
            if recent is not None and now < recent[1]:
                keys[person] = recent[0]
            else:
                missing.append(person)
        return keys, missing

    def _make(self, persons: list[UUID]) -> dict[UUID, bytes]:
        new = [secrets.token_bytes(KEY_BYTES) for _ in persons]

        def write(connection: Connection) -> list[tuple[UUID, bytes]]:
            sealed = [self._master.seal(purpose(person), key) for person, key in zip(persons, new, strict=True)]
            return connection.execute(_MAKE, [persons, sealed], binary=True).fetchall()

        return self._opened(with_key_in_force(self._pool, self._master, write))

    def _find(self, persons: list[UUID]) -> dict[UUID, bytes]:
        with self._pool.connection() as connection:
            return self._opened(connection.execute(_FIND, [persons], binary=True).fetchall())

    def _opened(self, rows: list[tuple[UUID, bytes]]) -> dict[UUID, bytes]:
        keys = {person: self._master.open(purpose(person), sealed) for person, sealed in rows}
        until = time.monotonic() + CACHE_SECONDS
        with self._lock:
            for person, key in keys.items():
                self._recent[person.int] = (key, until)
                self._recent.move_to_end(person.int)
            while len(self._recent) > CACHE_KEYS_MAX:
                self._recent.popitem(last=False)
        return keys


def purpose(person: UUID) -> str:
    """What that person's key is sealed for."""
    return f"key of person {person}"
