"""The real server on a real database, with a follower beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from adapters.compose import Launchpad
from adapters.http.app import web_app
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.local.ports import free_port
from adapters.local.postgres import LocalPostgres
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from projections.dashboard import DASHBOARD
from projections.queue import QUEUE
from tests import servers


class As(Protocol):
    """Makes a client for somebody."""

    def __call__(self, who: str, may_act: Sequence[UUID] = ()) -> httpx.Client: ...


@contextmanager
def served(launchpad: Launchpad) -> Iterator[str]:
    """Serve in a thread; gives the address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(web_app(launchpad), port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def settings(migrated: LocalPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home: Path = tmp_path_factory.mktemp("home")
    with servers.fresh_database(migrated, "base") as url, servers.fresh_database(migrated, "vault_base") as vault:
        yield Settings.load(
            {
                "LAUNCHPAD_DATABASE_URL": url,
                "LAUNCHPAD_VAULT_URL": vault,
                "LAUNCHPAD_HOME": str(home),
                "LAUNCHPAD_LOCAL_ISSUER": "on",
            }
        )


@pytest.fixture(scope="module")
def launchpad(settings: Settings) -> Iterator[Launchpad]:
    with Launchpad(settings) as launchpad:
        yield launchpad


@pytest.fixture(scope="module")
def url(launchpad: Launchpad) -> Iterator[str]:
    with served(launchpad) as url:
        yield url


@pytest.fixture(scope="module")
def follower(launchpad: Launchpad) -> Iterator[Follower]:
    """The dashboard and the queue follow while the module's tests run."""
    database, codec = launchpad.settings.database, EventCodec(launchpad.vault.personal_data)
    with Follower(database, FillsTables(DASHBOARD, codec)) as follower, Follower(database, FillsTables(QUEUE, codec)):
        yield follower


@pytest.fixture(scope="module")
def as_(url: str, settings: Settings) -> Iterator[As]:
    """A client for somebody: `developer:ada`, `admin:grace`."""
    issuer = LocalIssuer(settings.home, settings.audience)
    with ExitStack() as stack:

        def client(who: str, may_act: Sequence[UUID] = ()) -> httpx.Client:
            token = issuer.issue(who, may_act=may_act)
            return stack.enter_context(httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=20))

        yield client


@pytest.fixture(scope="module")
def nobody(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as client:
        yield client


def command(kind: str, /, **data: object) -> dict[str, object]:
    """A command with a new id."""
    return {"id": str(uuid4()), "type": kind, "data": data}


def register(client: httpx.Client, name: str) -> UUID:
    """Register that developer; his id."""
    developer = developer_id(name)
    sent = command("developer.register.v1", developer_id=str(developer), name=name.title(), email=f"{name}@example.com")
    assert client.post("/v1/commands", json=sent).status_code == 200
    return developer


def create_app(client: httpx.Client, owner: UUID, name: str) -> tuple[str, int]:
    """Create an app; its id, and the position to wait for."""
    app_id = str(uuid4())
    created = client.post("/v1/commands", json=command("app.create.v1", app_id=app_id, owner={"id": str(owner)}, name=name))
    assert created.status_code == 200, created.text
    return app_id, created.json()["position"]


def is_problem(response: httpx.Response, status: int, code: str) -> bool:
    """Whether that is the problem: in its status, media type and body alike."""
    said = response.json()
    assert (response.status_code, said["status"], said["code"]) == (status, status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return bool(said["title"] and said["detail"] and said["type"] == f"urn:launchpad:problem:{code}")
