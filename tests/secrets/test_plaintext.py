"""After a thousand credentials were issued, over HTTP and with the bus fed, their plain text lies nowhere but with whoever was shown it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.kafka.topics import create_topics
from adapters.local.kafka import LocalKafka
from adapters.local.ports import free_port
from adapters.local.postgres import LocalPostgres
from adapters.settings import Settings
from commands.principal import EVERYONE
from tests import servers
from tests.http.conftest import command

CREDENTIALS = 1_000
APPS = CREDENTIALS // 10
BEHIND = """
SELECT (SELECT max(notification_id) FROM log.events) - min(position), count(*) FROM following.bookmark WHERE position > 0
"""
"""How far the last of those that follow is behind the log, and how many they are: the dashboard, the queue and two topics."""
KINDS = ("api_key", "oauth_client", "jwt")


@contextmanager
def launchpad(folder: Path, environment: dict[str, str], *subcommands: str) -> Iterator[None]:
    """Our own programs, as operators run them, with all that they say in files."""
    running = []
    for subcommand in subcommands:
        with (folder / f"{subcommand}.log").open("wb") as said:
            arguments = [sys.executable, "-m", "adapters.cli", subcommand]
            running.append(subprocess.Popen(arguments, env=os.environ | environment, stdout=said, stderr=said))
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        assert [process.wait(30) for process in running] == [0] * len(running)


@pytest.fixture
def settings(servers_folder: Path, tmp_path: Path) -> Iterator[tuple[Settings, LocalPostgres, LocalKafka]]:
    """A server of each kind for this test alone: all of their files are looked at."""
    with servers.postgres(servers_folder / "plaintext-postgres", durable=False) as postgres:
        servers.make_templates(postgres)
        with servers.kafka(servers_folder / "plaintext-kafka") as kafka:
            settings = Settings(
                database_url=postgres.url("base"),
                vault_url=postgres.url("vault_base"),
                home=tmp_path / "home",
                local_issuer="on",
                kafka=(kafka.servers,),
                kafka_partitions=2,
                http=f"127.0.0.1:{free_port()}",  # type: ignore[arg-type] # parsed
                log="json",
                log_level="debug",
            )
            create_topics(settings)
            yield settings, postgres, kafka


def await_ready(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"{url}/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "HTTP was not ready"
        time.sleep(0.1)


def issue_all(url: str, settings: Settings) -> list[str]:
    """Issue them to apps of one developer, each to an active app, and rotate every tenth; return all plain texts."""
    issuer = LocalIssuer(settings.home, settings.audience)
    bearer = {"authorization": f"Bearer {issuer.issue('service:portal', may_act=EVERYONE)}"}
    owner = developer_id("olga")
    with httpx.Client(base_url=url, timeout=60) as client:
        admin = {"authorization": f"Bearer {issuer.issue('admin:grace')}"}
        registered = command("developer.register.v1", developer_id=str(owner), name="Olga", email="olga@example.com")
        assert client.post("/v1/commands", json=registered, headers=admin).status_code == 200

        def one_app(number: int) -> list[str]:
            app_id = str(UUID(int=uuid4().int))
            created = command("app.create.v1", app_id=app_id, owner={"id": str(owner)}, name=f"App {number}")
            answered = client.post("/v1/commands", json=created, headers=admin)
            assert answered.status_code == 200, answered.text
            return [one_credential(app_id, each) for each in range(10)]

        def one_credential(app_id: str, number: int) -> str:
            asked = {"kind": KINDS[number % len(KINDS)]}
            made = client.post(f"/v1/apps/{app_id}/credentials", params={"onbehalfof": str(owner)}, json=asked, headers=bearer)
            assert made.status_code == 201, made.text
            secret = made.json()["secret"]
            assert secret
            return str(secret)

        with ThreadPoolExecutor(8) as threads:
            return [text for texts in threads.map(one_app, range(APPS)) for text in texts]


def dumped(postgres: LocalPostgres, folder: Path) -> None:
    """Dump both databases as an operator would."""
    for database in ("base", "vault_base"):
        done = postgres._run("pg_dump", postgres.url(database))
        assert done.returncode == 0, done.stderr
        (folder / f"{database}.sql").write_text(done.stdout)


def found_in(folder: Path, secrets: list[bytes]) -> list[str]:
    """The files below a folder that hold one of these."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [f"{path.name}" for secret in secrets if secret in content]
    return found


def parts_of(text: str) -> list[bytes]:
    """What would give a credential away: the secret part of a key, the signature of a token; also in hex, as bytea is dumped."""
    part = text.rpartition("." if text.count(".") == 2 else "_")[2].encode()
    return [part, part.hex().encode()]


@pytest.mark.part_credentials
def test_no_plain_text_lies_in_dumps_data_files_topics_or_logs(
    settings: tuple[Settings, LocalPostgres, LocalKafka], tmp_path: Path
) -> None:
    ours, postgres, kafka = settings
    logs, dumps = tmp_path / "logs", tmp_path / "dumps"
    logs.mkdir()
    dumps.mkdir()
    environment = {
        "LAUNCHPAD_DATABASE_URL": ours.database,
        "LAUNCHPAD_VAULT_URL": ours.vault,
        "LAUNCHPAD_HOME": str(ours.home),
        "LAUNCHPAD_LOCAL_ISSUER": "on",
        "LAUNCHPAD_KAFKA": ",".join(ours.kafka),
        "LAUNCHPAD_HTTP": str(ours.http),
        "LAUNCHPAD_LOG": "json",
        "LAUNCHPAD_LOG_LEVEL": "debug",
    }
    url = f"http://{ours.http}"
    with launchpad(logs, environment, "serve", "project"):
        await_ready(url)
        texts = issue_all(url, ours)
        deadline = time.monotonic() + 60
        with psycopg.connect(ours.database, autocommit=True) as connection:
            while connection.execute(BEHIND).fetchone() != (0, 4):
                assert time.monotonic() < deadline, "the dashboard and the topics did not follow"
                time.sleep(0.2)
    assert len(set(texts)) == CREDENTIALS
    dumped(postgres, dumps)
    # Stopped, so that everything lies in the files.
    postgres.stop()
    kafka.stop()
    secrets = [part for text in texts for part in parts_of(text)]
    known = [text.split("_")[1].encode() for text in texts if text.startswith("lpk")][:1]
    assert found_in(dumps, [UUID(known[0].decode()).hex.encode(), str(UUID(known[0].decode())).encode()]), "this test finds what is there"
    for folder in (dumps, logs, ours.home, postgres.folder, kafka.folder):
        assert found_in(folder, secrets) == []
