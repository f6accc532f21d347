"""`launchpad bulk` and `launchpad export`: the list, the question, the bar, and what became of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.bulk import BulkWorker, fills_bulk
from projections.dashboard import DASHBOARD
from tests.cli.conftest import Cli


@pytest.fixture(scope="module", autouse=True)
def following(home: Path, databases: dict[str, str], served_at: str) -> Iterator[None]:
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    with Launchpad(settings) as launchpad, ExitStack() as stack:
        codec = EventCodec(launchpad.vault.personal_data)
        for fills in (FillsTables(DASHBOARD, codec), fills_bulk(codec)):
            stack.enter_context(Follower(settings.database, fills))
        worker = stack.enter_context(BulkWorker(settings.database, launchpad.pool, launchpad.log))
        yield
    assert worker.failed is None


@pytest.fixture
def apps(home: Path, served_at: str) -> list[str]:
    """Ada's apps: two that are new."""
    issuer = LocalIssuer(home, Settings.load({"LAUNCHPAD_HOME": str(home)}).audience)
    with httpx.Client(base_url=served_at, headers={"authorization": f"Bearer {issuer.issue('developer:ada')}"}) as ada:
        before = len(ada.get("/v1/apps").json()["items"])
        made = [ada.post("/v1/apps", json={"name": f"App {before + number}"}).json() for number in range(2)]
        ada.get("/v1/apps", params={"min_position": made[-1]["position"]})
    return [str(each["app_id"]) for each in made]


def run_id(said: str) -> str:
    return said.rpartition("run ")[2].split()[0]


def test_a_list_is_shown_and_started_when_that_is_wanted(cli: Cli, served_at: str, apps: list[str]) -> None:
    where = ("--as", "admin:grace", "--url", served_at)
    ada = str(developer_id("ada"))
    shown = cli("bulk", "suspend", "--owner", ada, "--reason", "spam", "--status", "active", *where, stdin="n\n")
    assert shown.returncode == 0, shown.stderr
    assert "suspend: prepared" in shown.stdout
    assert f"launchpad bulk start {run_id(shown.stdout)}" in shown.stdout
    started = cli("bulk", "start", run_id(shown.stdout), *where)
    assert started.returncode == 0, started.stderr
    assert "suspend: finished" in started.stdout

    again = cli("bulk", "suspend", "--id", apps[0], "--reason", "spam", *where, "--yes")
    assert "already_so" in again.stdout
    assert apps[0] in again.stdout
    assert "There is nothing to do." in again.stdout

    undone = cli("bulk", "undo", run_id(started.stdout), *where, "--yes")
    assert undone.returncode == 0, undone.stderr
    assert "reinstate: finished" in undone.stdout
    listed = cli("bulk", "list", *where)
    assert run_id(started.stdout) in listed.stdout
    every = cli("bulk", "show", run_id(started.stdout), "--all", "--as", "auditor:otto", "--url", served_at)
    assert {*apps} <= set(every.stdout.split())


def test_what_is_refused_is_said_in_a_sentence(cli: Cli, served_at: str) -> None:
    ada = str(developer_id("ada"))
    refused = cli("bulk", "reinstate", "--owner", ada, "--as", "developer:ada", "--url", served_at)
    assert (refused.returncode, "403 not_allowed" in refused.stderr) == (1, True)
    nothing = cli("bulk", "reinstate", "--as", "admin:grace", "--url", served_at)
    assert (nothing.returncode, "422 invalid" in nothing.stderr) == (1, True)


def test_app_data_are_taken_away(cli: Cli, served_at: str, apps: list[str], tmp_path: Path) -> None:
    where = ("--as", "analyst:anna", "--url", served_at)
    told = cli("export", *where)
    assert {each["app_id"] for each in csv.DictReader(io.StringIO(told.stdout))} >= {*apps}
    out = tmp_path / "apps.parquet"
    written = cli("export", "--format", "parquet", "--out", str(out), *where)
    assert written.returncode == 0, written.stderr
    assert out.read_bytes()[:4] == b"PAR1"
    refused = cli("export", "--format", "xlsx", "--out", str(tmp_path / "apps.xlsx"), *where)
    assert (refused.returncode, "422 invalid" in refused.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == [out]
