"""The signing keys in a process's memory: read anew all the time, in the background, and good for a while when the vault is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from joserfc.jwk import ECKey
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout

from adapters.vault import signing_key_rows as rows
from adapters.vault.master_key import MasterKey
from adapters.vault.signing_key import KeyState, SigningKey

FRESH_SECONDS: Final = 5.0
"""Every process looks at the keys this often: twice as long after a key was retired, none signs with it or believes a dropped one."""
STALE_SECONDS: Final = 300.0
"""While the vault is away, its keys in memory are good for so long."""
RETRY_SECONDS: Final = 1.0
"""A vault that is away is asked at most this often, and keeps nobody else waiting."""
AWAY: Final = (OperationalError, PoolTimeout)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the vault said, and when: by its own clock, and by this machine's that never jumps."""

    keys: tuple[SigningKey, ...]
    """The newest first."""
    published: Mapping[str, ECKey]
    generation: int
    """Grows with every change of what is published."""
    at: datetime
    read: float


class KnownSigningKeys:
    """What is known of the keys, as fresh as promised. Safe to share between threads."""

    def __init__(self, pool: ConnectionPool[Connection], master: MasterKey, clock: Callable[[], datetime] | None) -> None:
        self._pool = pool
        self._master = master
        self._clock = clock
        self._known: Known | None = None
        self._due = self._tried = float("-inf")
        self._away = False
        self._lock = threading.Lock()

    def fresh(self) -> Known:
        """The keys as they are, or were a few seconds ago. Raises OperationalError, PoolTimeout where they can't be had."""
        known, now = self._known, time.monotonic()
        if known is None or now > known.read + STALE_SECONDS or (now > known.read + 2 * FRESH_SECONDS and not self._away):
            return self.newer_than(known)
        if now >= self._due:
            self._due = now + RETRY_SECONDS
            threading.Thread(target=self._refresh, args=(known,), name="signing keys", daemon=True).start()
        return known

    def newer_than(self, seen: Known | None) -> Known:
        """Other keys than those seen, or at least looked for; while the vault is away, what is known."""
        with self._lock:  # Whoever waited here finds the keys read, or the vault tried a moment ago.
            known = self._known
            if known is not seen and known is not None:
                return known
            if self._away and time.monotonic() < self._tried + RETRY_SECONDS:
                return _good_for_now(known, OperationalError("the vault does not answer"))
            try:
                return self._read()
            except AWAY as error:
                return _good_for_now(known, error)

    def now_in_vault(self) -> Known:
        """Read them now. Raises OperationalError, PoolTimeout."""
        with self._lock:
            return self._read()

    def time(self, known: Known) -> datetime:
        """The time by the vault's database."""
        return self._clock() if self._clock else known.at + timedelta(seconds=time.monotonic() - known.read)

    def _refresh(self, seen: Known) -> None:
        with suppress(*AWAY):  # Whoever needs them then is told.
            self.newer_than(seen)

    def _read(self) -> Known:
        try:
            with self._pool.connection() as connection:
                keys, at = rows.find_all(connection, self._master)
        except AWAY as error:
            self._away = True
            log.warning("signing keys not read", error=type(error).__name__)
            raise
        finally:
            self._tried = time.monotonic()
        now = self._clock() if self._clock else at
        published = {key.kid: key.key for key in keys if key.state(now) is not KeyState.DROPPED}
        before = self._known
        generation = 1 if before is None else before.generation + (before.published.keys() != published.keys())
        self._known = known = Known(tuple(keys), published, generation, at, self._tried)
        self._away, self._due = False, self._tried + FRESH_SECONDS
        return known


def _good_for_now(known: Known | None, error: BaseException) -> Known:
    if known is None or time.monotonic() > known.read + STALE_SECONDS:
        raise error
    return known
