"""The vault: persons' keys and our own secrets, each sealed under the master key."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import psycopg
from psycopg import Connection, errors
from psycopg_pool import ConnectionPool

from adapters.vault.key_in_force import CHECK, name_in_force, with_key_in_force
from adapters.vault.master_key import MasterKey
from adapters.vault.person_keys import PersonKeys
from adapters.vault.personal_data import PersonalDataVault
from adapters.vault.signing_keys import SigningKeys

CONTENT_DIGEST: Final = "content-digest"
"""The key of the HMAC over a command's content."""
CONNECTIONS_MAX: Final = 4
"""Answers come from memory nearly always."""
CONNECT_TIMEOUT_SECONDS: Final = 5
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """A new random secret."""
    return secrets.token_bytes(SECRET_BYTES)


class NotMigrated(Exception):
    """The vault's tables are missing."""


class Vault:
    """An open vault. Raises at once WrongMasterKey, NotMigrated, or OperationalError where there is no such database."""

    def __init__(self, url: str, master: MasterKey) -> None:
        self._master = master
        self._secrets: dict[str, bytes] = {}
        self._lock = threading.Lock()
        # The pool would try for seconds and then not say why.
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
        # A connection is tried before it is handed out: after the server's restart nobody gets a dead one.
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=CONNECTIONS_MAX,
            timeout=CONNECT_TIMEOUT_SECONDS,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_TIMEOUT_SECONDS},
            check=ConnectionPool.check_connection,
            name="vault",
            open=False,
        )
        self._pool.open()
        self.persons = PersonKeys(self._pool, master)
        self.personal_data = PersonalDataVault(self.persons)
        self.signing_keys = SigningKeys(self._pool, master)
        try:
            self.secret(CHECK)
            self.check()
        except errors.UndefinedTable:
            self.close()
            raise NotMigrated("the vault has no tables yet; run: launchpad migrate") from None
        except BaseException:
            self.close()
            raise

    def check(self) -> None:
        """Pass if the vault opens with a master key at hand. Raises WrongMasterKey, or OperationalError where it is away."""
        with self._pool.connection() as connection:
            self._master.use(name_in_force(connection))

    def secret(self, name: str, make: Callable[[], bytes] = new_secret) -> bytes:
        """The secret of that name; made when there is none, and the same for whoever asks at the same moment."""
        with self._lock:
            if name not in self._secrets:
                self._secrets[name] = self._find(name) or self._make(name, make())
            return self._secrets[name]

    def find(self, name: str) -> bytes | None:
        """The secret of that name, if it was made; never makes one."""
        with self._lock:
            found = self._secrets.get(name) or self._find(name)
            if found is not None:
                self._secrets[name] = found
            return found

    def make_once(self, name: str) -> bytes | None:
        """Make the secret of that name; none where there is one already, or somebody else makes it at the same moment."""
        made = new_secret()
        return made if self.secret(name, lambda: made) == made else None

    def _find(self, name: str) -> bytes | None:
        with self._pool.connection() as connection:
            row = connection.execute("SELECT sealed FROM vault.secrets WHERE name = %s", [name]).fetchone()
        return None if row is None else self._master.open(purpose(name), row[0])

    def _make(self, name: str, secret: bytes) -> bytes:
        with_key_in_force(
            self._pool,
            self._master,
            lambda connection: connection.execute(
                "INSERT INTO vault.secrets (name, sealed) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [name, self._master.seal(purpose(name), secret)],
            ),
        )
        found = self._find(name)  # What was stored first counts, and it may not be ours.
        if found is None:
            raise RuntimeError(f"the secret {name} was removed while it was made")
        return found

    def close(self) -> None:
        """Give back all connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def purpose(name: str) -> str:
    """What the secret of that name is sealed for."""
    return f"secret {name}"
