"""Everything in the vault sealed anew, in one transaction: what cuts it off leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from psycopg import Connection

from adapters.vault import person_keys, signing_key_rows, vault
from adapters.vault.key_in_force import CHECK
from adapters.vault.master_key import MasterKey

PAGE: Final = 5_000
"""Some MB in memory, however many persons there are."""
_LOCK: Final = "LOCK TABLE vault.secrets, vault.person_keys, vault.signing_keys IN SHARE ROW EXCLUSIVE MODE"
"""Whoever reads goes on; whoever writes waits, and is refused then if he sealed under the old key."""
_PERSONS: Final = (
    "SELECT person, sealed FROM vault.person_keys WHERE %(after)s::uuid IS NULL OR person > %(after)s ORDER BY person LIMIT %(page)s"
)
_PERSONS_AGAIN: Final = """
    UPDATE vault.person_keys AS old SET sealed = new.sealed
    FROM unnest(%b::uuid[], %b::bytea[]) AS new (person, sealed) WHERE old.person = new.person
"""


def reseal(connection: Connection, master: MasterKey, new: MasterKey, progress: Callable[[int], None]) -> None:
    """Seal anew, under that key, all that the other opens; tell how many things are done. Raises WrongMasterKey."""
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_LOCK)
        done = 0
        # The check first: it says which key is in force, and the vault takes nothing that another one sealed.
        for name, sealed in connection.execute("SELECT name, sealed FROM vault.secrets ORDER BY name <> %s", [CHECK]).fetchall():
            again = new.seal(vault.purpose(name), master.open(vault.purpose(name), sealed))
            connection.execute("UPDATE vault.secrets SET sealed = %s WHERE name = %s", [again, name])
            progress(done := done + 1)
        for kid, sealed in connection.execute("SELECT kid, sealed FROM vault.signing_keys").fetchall():
            again = new.seal(signing_key_rows.purpose(kid), master.open(signing_key_rows.purpose(kid), sealed))
            connection.execute("UPDATE vault.signing_keys SET sealed = %s WHERE kid = %s", [again, kid])
            progress(done := done + 1)
        after: Any = None
        while page := connection.execute(_PERSONS, {"after": after, "page": PAGE}).fetchall():
            after = page[-1][0]
            sealed_again = [
                new.seal(person_keys.purpose(person), master.open(person_keys.purpose(person), sealed)) for person, sealed in page
            ]
            connection.execute(_PERSONS_AGAIN, [[person for person, _ in page], sealed_again])
            progress(done := done + len(page))
