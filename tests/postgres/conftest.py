"""The log on a real server, with a real vault."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault import MasterKey, Vault


@pytest.fixture
def vault(vault_database: str) -> Iterator[Vault]:
    """An open vault."""
    with Vault(vault_database, MasterKey(bytes(range(32)))) as vault:
        yield vault


@pytest.fixture
def pool(database: str) -> Iterator[ConnectionPool[psycopg.Connection[Any]]]:
    """Connections as the application has them."""
    with connections.pool(database) as pool:
        yield pool


@pytest.fixture
def log(pool: ConnectionPool[psycopg.Connection[Any]], vault: Vault) -> PostgresLog:
    """The log."""
    return PostgresLog(pool, vault.personal_data)


@pytest.fixture
def application(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the application has it."""
    with connections.connect(database) as connection:
        yield connection


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that may do anything."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection
