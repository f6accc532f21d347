"""`launchpad leak` with a server: whose a credential is, and one command that revokes it and issues anew."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer
from adapters.postgres.codec import EventCodec
from adapters.postgres.rebuilding import rebuild
from adapters.settings import Settings
from launchpad_client import make_credential, parse
from launchpad_client.scanning import scan
from projections.dashboard import DASHBOARD
from tests.cli.conftest import Cli
from tests.cli.test_leak import shows_no_secret
from tests.http.conftest import create_app, register


@pytest.fixture(scope="module")
def ada(home: Path, served_at: str) -> httpx.Client:
    token = LocalIssuer(home, "launchpad-apps").issue("developer:ada")
    client = httpx.Client(base_url=served_at, headers={"authorization": f"Bearer {token}"})
    register(client, "ada")
    return client


@pytest.fixture(scope="module")
def app(ada: httpx.Client) -> str:
    app, _ = create_app(ada, UUID(register(ada, "ada").hex), "Tram Times")
    return app


@pytest.fixture
def key(ada: httpx.Client, app: str, home: Path, databases: dict[str, str]) -> str:
    made = ada.post(f"/v1/apps/{app}/credentials", json={"kind": "api_key"})
    with Launchpad(Settings.load({"LAUNCHPAD_HOME": str(home), **databases})) as launchpad:
        rebuild(launchpad.settings.database, DASHBOARD, EventCodec(launchpad.vault.personal_data))
    return str(made.json()["secret"])


def asking(url: str, who: str = "admin:grace") -> list[str]:
    return ["--as", who, "--url", url]


def test_the_server_says_whose_it_is(cli: Cli, served_at: str, key: str, app: str) -> None:
    for who in ("admin:grace", "developer:ada"):
        done = cli("leak", "-", *asking(served_at, who), stdin=f"found: {key}")
        assert (done.returncode, done.stderr) == (1, "")
        assert all(text in done.stdout for text in ("yes", "active", f"Tram Times ({app}, active)", "Ada", "never", "Issued"))
        assert shows_no_secret(done, key)
    done = cli("leak", "-", *asking(served_at, "developer:bob"), stdin=key)
    assert "knows no such credential, or it is not yours" in done.stdout
    assert "Tram Times" not in done.stdout
    told = json.loads(cli("leak", "-", "--json", *asking(served_at), stdin=key).stdout)["findings"][0]
    assert (told["known"]["state"], told["known"]["genuine"], told["known"]["app"]["app_id"]) == ("active", True, app)


def test_one_command_revokes_it_and_issues_anew(cli: Cli, served_at: str, key: str, ada: httpx.Client) -> None:
    done = cli("leak", "-", "--replace", "--yes", *asking(served_at), stdin=key)
    assert (done.returncode, done.stderr) == (0, "")
    new = done.stdout.splitlines()[-1]
    assert parse(new).kind == "api_key"
    assert done.stdout.count(new) == 1
    assert f"revoked, and replaced by {parse(new).credential_id}" in done.stdout
    assert shows_no_secret(done, key)
    states = [ada.post("/v1/credentials/lookup", json={"credential": text}).json()["state"] for text in (key, new)]
    assert states == ["revoked", "active"]
    again = cli("leak", "-", "--replace", "--yes", *asking(served_at), stdin=key)
    assert again.returncode == 1
    assert "not replaced" in again.stderr


def test_nothing_is_replaced_without_a_yes(cli: Cli, served_at: str, key: str, tmp_path: Path, ada: httpx.Client) -> None:
    file = tmp_path / "key"
    file.write_text(key)
    arguments = ("leak", "--scan", str(file), "--replace", *asking(served_at))
    assert cli(*arguments, stdin="n\n").returncode == 1
    assert cli(*arguments, stdin="").returncode == 1
    assert ada.post("/v1/credentials/lookup", json={"credential": key}).json()["state"] == "active"
    agreed = cli(*arguments, "--json", stdin="y\n")
    assert agreed.returncode == 0
    assert "Tram Times" in agreed.stderr
    assert parse(json.loads(agreed.stdout)["findings"][0]["replaced"]["secret"]).kind == "api_key"


@pytest.mark.parametrize("json_", [[], ["--json"]], ids=["for people", "for programs"])
def test_a_new_secret_is_not_lost_where_somebody_stops_after_the_first(  # noqa: PLR0917 - fixtures, by name
    cli: Cli, served_at: str, key: str, app: str, ada: httpx.Client, tmp_path: Path, json_: list[str]
) -> None:
    other = str(ada.post(f"/v1/apps/{app}/credentials", json={"kind": "api_key"}).json()["secret"])
    files = tmp_path / "keys"
    files.write_text(f"{key} {other}")
    done = cli("leak", "--scan", str(files), "--replace", *json_, *asking(served_at), stdin="y\n")
    assert done.returncode == 1
    new = [found.text for found in scan(done.stdout)]
    assert [ada.post("/v1/credentials/lookup", json={"credential": text}).json()["state"] for text in (key, *new, other)] == [
        "revoked",
        "active",
        "active",
    ]


def test_what_is_not_the_real_one_is_not_replaced(cli: Cli, served_at: str, key: str, ada: httpx.Client) -> None:
    """Anybody can make up a key with a right checksum around an id that he has seen."""
    forged = make_credential("api_key", "live", parse(key).credential_id).text
    unknown = make_credential("api_key", "live", uuid4()).text
    done = cli("leak", "-", "--replace", "--yes", *asking(served_at), stdin=f"{forged} {unknown}")
    assert done.returncode == 1
    assert "no: the key id is one of ours" in done.stdout
    assert done.stderr.count("not replaced") == 2
    assert ada.post("/v1/credentials/lookup", json={"credential": key}).json()["state"] == "active"


def test_a_retiring_one_is_revoked_and_its_successor_goes_on(cli: Cli, served_at: str, key: str, app: str, ada: httpx.Client) -> None:
    rotated = ada.post(f"/v1/apps/{app}/credentials/{parse(key).credential_id}/rotate", json={})
    done = cli("leak", "-", "--replace", "--yes", *asking(served_at), stdin=key)
    assert done.returncode == 0
    assert "its successor had taken over already" in done.stdout
    states = [ada.post("/v1/credentials/lookup", json={"credential": text}).json()["state"] for text in (key, rotated.json()["secret"])]
    assert states == ["revoked", "active"]


def test_the_token_may_come_from_the_environment(cli: Cli, served_at: str, key: str) -> None:
    token = cli("token", "--as", "admin:grace").stdout.strip()
    http = served_at.removeprefix("http://")
    done = cli("leak", "-", env={"LAUNCHPAD_TOKEN": token, "LAUNCHPAD_HTTP": http}, stdin=key)
    assert "Tram Times" in done.stdout
    refused = cli("leak", "-", "--token", "a.b.c", "--url", served_at, stdin=key)
    assert (refused.returncode, "401 token_malformed" in refused.stderr) == (1, True)
    assert shows_no_secret(refused, key)
