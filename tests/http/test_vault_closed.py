"""A server that runs while the master key is changed: it goes on where it can know the new key, and says what to do where it can't."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.local.postgres import LocalPostgres
from adapters.settings import Settings
from adapters.vault.change_master import change_master_key
from tests import servers
from tests.http.conftest import command, is_problem, served

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture
def apart(migrated: LocalPostgres, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Databases and a home of this test alone."""
    with servers.fresh_database(migrated, "base") as url, servers.fresh_database(migrated, "vault_base") as vault:
        yield {
            "LAUNCHPAD_DATABASE_URL": url,
            "LAUNCHPAD_VAULT_URL": vault,
            "LAUNCHPAD_HOME": str(tmp_path),
            "LAUNCHPAD_LOCAL_ISSUER": "on",
        }


@contextmanager
def running(settings: Settings) -> Iterator[httpx.Client]:
    token = LocalIssuer(settings.home, settings.audience).issue("admin:grace")
    with (
        Launchpad(settings) as launchpad,
        served(launchpad) as url,
        httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=20) as client,
    ):
        yield client


def register(client: httpx.Client, name: str) -> httpx.Response:
    data = {"developer_id": str(developer_id(name)), "name": name, "email": f"{name}@example.com"}
    return client.post("/v1/commands", json=command("developer.register.v1", **data))


def test_with_a_key_in_a_file_a_server_goes_on(apart: dict[str, str]) -> None:
    settings = Settings.load(apart)
    with running(settings) as client:
        assert register(client, "grace").status_code == 200
        change_master_key(settings, None, lambda _: None)
        assert register(client, "ada").status_code == 200
        assert client.get("/ready").status_code == 200


def test_with_the_old_key_alone_a_server_seals_nothing_and_says_that_it_is_not_ready(apart: dict[str, str]) -> None:
    old = Settings.load(apart | {"LAUNCHPAD_MASTER_KEY": OLD})
    with running(old) as client:
        assert register(client, "grace").status_code == 200
        change_master_key(old.but(master_key_next=NEW), None, lambda _: None)
        for answered in (client.get("/ready"), register(client, "ada")):
            assert is_problem(answered, 503, "vault_closed")
            assert "master key in force" in answered.json()["detail"]
        assert client.get("/health").status_code == 200
    with running(old.but(master_key=NEW)) as client:
        assert client.get("/ready").status_code == 200
        assert register(client, "ada").status_code == 200
