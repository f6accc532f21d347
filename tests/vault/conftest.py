"""A vault of its own for each test, on a real server."""

from collections.abc import Iterator

import pytest

from adapters.vault import MasterKey, Vault, migrate

MASTER = MasterKey(bytes(range(32)))


@pytest.fixture
def vault_url(empty_database: str) -> str:
    """The address of a migrated vault."""
    migrate(empty_database)
    return empty_database


@pytest.fixture
def vault(vault_url: str) -> Iterator[Vault]:
    """An open vault."""
    with Vault(vault_url, MASTER) as vault:
        yield vault
