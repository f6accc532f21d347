"""Real servers for tests: started once, kept in memory where there is room, gone with the tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.local import LocalServerError
from adapters.local.kafka import LocalKafka
from adapters.local.kafka_jars import missing as missing_kafka
from adapters.local.ownership import Ownership
from adapters.local.postgres import LocalPostgres
from adapters.local.postgres_programs import missing as missing_postgres

MEMORY = Path("/dev/shm")
DISK = Path(tempfile.gettempdir())
MEMORY_BYTES_MIN = 2 * 1024**3  # A few hundred databases at 8 MB come and go, one or two at a time; Kafka takes 200 MB.
PREFIX = "launchpad-tests-"


def need(missing: str | None) -> None:
    """Skip a test whose server can't be had, with the line that installs it; under CI nothing may be skipped."""
    if missing is None:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def roomy_memory() -> Path | None:
    """Name the folder in memory, where there is one with room."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
    return MEMORY if usable else None


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """Give a folder for servers' data, open to the user who runs PostgreSQL for root; it goes when the tests end."""
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    folder.chmod(0o755)
    ownership = Ownership(folder)
    ownership.take()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        ownership.give_back()


@contextmanager
def kafka(folder: Path) -> Iterator[LocalKafka]:
    """Run Kafka as long as tests need it."""
    need(missing_kafka())
    with LocalKafka(folder) as server:
        yield server


def make_templates(server: LocalPostgres) -> None:
    """Migrate once the databases that every fresh one is copied from."""
    from adapters.postgres.migrations import migrate
    from adapters.vault import migrate as migrate_vault

    for name, migration in (("base", migrate), ("vault_base", migrate_vault)):
        server.create(name)
        migration(server.url(name))


@contextmanager
def postgres(folder: Path, *, durable: bool) -> Iterator[LocalPostgres]:
    """Run PostgreSQL as long as tests need it."""
    need(missing_postgres())
    with LocalPostgres(folder, durable=durable) as server:
        yield server


@contextmanager
def fresh_database(server: LocalPostgres, template: str) -> Iterator[str]:
    """Give the address of a new database, copied from a template in some 30 ms; it is dropped afterwards."""
    name = f"t{uuid4().hex}"
    run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield server.url(name)
    finally:
        # A test may have left the server stopped or connections open; neither may hide what the test itself said.
        if server.find():
            run(server, f"DROP DATABASE {name} WITH (FORCE)")


def run(server: LocalPostgres, statement: str) -> None:
    """Run one statement as the superuser, outside of any transaction."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _sweep(place: Path) -> None:
    """Stop and remove what tests that were killed have left."""
    for folder in place.glob(f"{PREFIX}*"):
        if not os.access(folder, os.W_OK):
            continue  # Another user's.
        ownership = Ownership(folder)
        try:
            ownership.take()
        except LocalServerError:
            continue  # Still running.
        for data in folder.glob("*/data/PG_VERSION"):
            LocalPostgres(data.parent.parent).stop()
        for broker in folder.glob("*/kafka.pid"):
            LocalKafka(broker.parent).stop()
        shutil.rmtree(folder, ignore_errors=True)
        ownership.give_back()
