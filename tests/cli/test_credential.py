"""`launchpad credential`: secrets on stdout, once, and the words about them beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from adapters.identity.local_issuer import LocalIssuer
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.vault.master_key import MasterKey
from adapters.vault.vault import Vault
from launchpad_client.keys import parse
from projections.dashboard import DASHBOARD
from projections.queue import QUEUE
from tests.cli.conftest import Cli


@pytest.fixture(scope="module", autouse=True)
def following(home: Path, databases: dict[str, str], served_at: str) -> Iterator[None]:
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    with (
        Vault(settings.vault, MasterKey.of(settings)) as vault,
        Follower(settings.database, FillsTables(DASHBOARD, EventCodec(vault.personal_data))),
        Follower(settings.database, FillsTables(QUEUE, EventCodec(vault.personal_data))),
    ):
        yield


def client(home: Path, served_at: str, who: str) -> httpx.Client:
    issuer = LocalIssuer(home, Settings.load({"LAUNCHPAD_HOME": str(home)}).audience)
    return httpx.Client(base_url=served_at, headers={"authorization": f"Bearer {issuer.issue(who)}"})


@pytest.fixture
def app(home: Path, served_at: str) -> str:
    with client(home, served_at, "developer:ada") as ada:
        made = ada.post("/v1/apps", json={"name": f"App {datetime.now(UTC)}"}).json()
        assert ada.get(f"/v1/apps/{made['app_id']}", params={"min_position": made["position"]}).status_code == 200
        return str(made["app_id"])


def test_a_credential_is_made_rotated_and_revoked(cli: Cli, served_at: str, app: str, databases: dict[str, str], home: Path) -> None:
    where = ("--as", "developer:ada", "--url", served_at)
    made = cli("credential", "issue", app, *where, "--idempotency-key", "k")
    assert made.returncode == 0, made.stderr
    key = parse(made.stdout.strip())
    assert "shown once" in made.stderr
    assert made.stdout.strip() not in made.stderr
    again = cli("credential", "issue", app, *where, "--idempotency-key", "k")
    assert (again.returncode, again.stdout) == (1, "")
    assert "rotate it for a new one" in again.stderr

    rotated = cli("credential", "rotate", app, key.key_id, "--overlap", "PT2H", *where)
    new = parse(rotated.stdout.strip())
    assert f"The old one, {key.key_id}, works until" in rotated.stderr
    with client(home, served_at, "admin:grace") as grace:
        said = {"deadline": (datetime.now(UTC) + timedelta(days=2)).isoformat(), "then": "revoke", "reason": "leak"}
        told = grace.post(f"/v1/apps/{app}/credentials/{new.credential_id}/demand-rotation", json=said).json()
        grace.get(f"/v1/apps/{app}", params={"min_position": told["position"]})
    for listed in (cli("credential", "list", app, *where), cli("dashboard", app, env=databases)):
        assert {key.key_id, new.key_id} <= set(listed.stdout.split())
        assert "overlap ends in 1 h 59 min" in listed.stdout
        assert "rotate within 1 d 23 h, or it is cut off" in listed.stdout
    page = httpx.get(f"{served_at}/dashboard").text
    assert "1 h 59 min left" in page
    assert "or it is cut off" in page

    assert cli("credential", "end-overlap", app, key.key_id, *where).returncode == 0
    assert cli("credential", "revoke", app, new.key_id, "--reason", "leaked", *where).returncode == 0
    refused = cli("credential", "rotate", app, new.key_id, *where)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "409" in refused.stderr
