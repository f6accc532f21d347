"""Bringing the database up to date: numbered files, forward only, each once, in one transaction.

The log's files lie here, those of the read models in readmodels/; together they are one sequence, ordered by number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

import psycopg

from adapters.postgres.connections import CONNECT_TIMEOUT_SECONDS
from adapters.postgres.rebuild_access import put_access_version_in_force

PACKAGES: Final = ("adapters.postgres.migrations", "readmodels")
NAME: Final = re.compile(r"(?P<number>\d{4})_\w+\.sql")
LOCK: Final = 4919707315487435622
"""Of the whole database, as long as a migration runs."""


class CannotMigrate(Exception):
    """The files and the database don't fit together; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file: an applied one never changes."""
        return hashlib.sha256(self.statements.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Read all files, in order. Raises CannotMigrate where two have the same number."""
    matches = [(file, NAME.fullmatch(file.name)) for package in PACKAGES for file in files(package).iterdir()]
    found = [Migration(int(matched["number"]), file.name, file.read_text("utf-8")) for file, matched in matches if matched]
    found.sort(key=lambda each: each.number)
    for one, next_one in pairwise(found):
        if one.number == next_one.number:
            raise CannotMigrate(f"{one.name} and {next_one.name} have the same number; give the newer one the next free number")
    return found


def migrate(url: str) -> list[str]:
    """Apply what is missing and return its names; safe when two start at once. Raises CannotMigrate."""
    with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # Ends with the connection, whatever happens.
        connection.execute("CREATE SCHEMA IF NOT EXISTS log")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS log.migrations (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        missing = _missing(migrations(), _applied(connection))
        for migration in missing:
            _apply(connection, migration)
        put_access_version_in_force(connection)
        return [migration.name for migration in missing]


def pending(connection: psycopg.Connection[Any]) -> list[str]:
    """Name the files that this database has not seen yet. Raises CannotMigrate."""
    if connection.execute("SELECT to_regclass('log.migrations')::text").fetchone() == (None,):
        return [migration.name for migration in migrations()]
    return [migration.name for migration in _missing(migrations(), _applied(connection))]


def _applied(connection: psycopg.Connection[Any]) -> dict[int, tuple[str, str]]:
    rows = connection.execute("SELECT number, name, checksum FROM log.migrations").fetchall()
    return {number: (name, checksum) for number, name, checksum in rows}


def _missing(known: Iterable[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    by_number = {migration.number: migration for migration in known}
    for number, (name, checksum) in sorted(applied.items()):
        if number not in by_number:
            raise CannotMigrate(f"the database has {name}, which this version does not know: run the newer version that it belongs to")
        if by_number[number].checksum != checksum:
            raise CannotMigrate(f"{name} was changed after it was applied: undo the change, and write what you want into a new file")
    latest = max(applied, default=0)
    missing = [migration for migration in by_number.values() if migration.number not in applied]
    for migration in missing:
        if migration.number < latest:
            raise CannotMigrate(f"{migration.name} comes before {applied[latest][0]}, which is applied already: give it a higher number")
    return missing


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.statements.encode(), prepare=False)
            connection.execute(
                "INSERT INTO log.migrations (number, name, checksum) VALUES (%s, %s, %s)",
                [migration.number, migration.name, migration.checksum],
            )
    except psycopg.errors.InsufficientPrivilege as refused:
        raise CannotMigrate(
            f"{migration.name} needs more rights: {refused.diag.message_primary}; migrate as the database's owner, with CREATEROLE"
            " for the first time"
        ) from None
