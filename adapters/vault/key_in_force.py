"""Which master key the vault is sealed under: that of its check. Whoever has missed a change is refused, and looks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from psycopg import Connection, DatabaseError
from psycopg_pool import ConnectionPool

from adapters.vault.master_key import MasterKey, WrongMasterKey, name_of

CHECK: Final = "master-key-check"
"""The secret that tells whether a master key is the right one; what else is sealed is sealed under the same."""
ANOTHER_MASTER_KEY: Final = "LPM01"
"""The SQLSTATE of the vault's triggers."""
T = TypeVar("T")


def name_in_force(connection: Connection) -> bytes:
    """The name of the master key that the vault is sealed under."""
    row = connection.execute("SELECT sealed FROM vault.secrets WHERE name = %s", [CHECK]).fetchone()
    if row is None:
        raise WrongMasterKey("the vault has lost the check of its master key; restore the vault from its dump")
    return name_of(row[0])


def with_key_in_force(pool: ConnectionPool[Connection], master: MasterKey, write: Callable[[Connection], T]) -> T:
    """Write what is sealed, again where the master key was changed since this process looked. Raises WrongMasterKey."""
    while True:
        try:
            with pool.connection() as connection:
                return write(connection)
        except DatabaseError as error:
            if error.sqlstate != ANOTHER_MASTER_KEY:
                raise
        with pool.connection() as connection:
            master.use(name_in_force(connection))
