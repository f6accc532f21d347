"""`launchpad inbox`, `notices`, `webhook` and `preferences`: what one was told, what travels, and how to choose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.notices import NoticeWorker
from projections.notices import NOTICES
from tests.cli.conftest import Cli
from tests.cli.test_credential import client
from tests.following.followed import until


@pytest.fixture(scope="module", autouse=True)
def telling(home: Path, databases: dict[str, str], served_at: str) -> Iterator[None]:
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    with Launchpad(settings) as launchpad:
        codec = EventCodec(launchpad.vault.personal_data)
        with (
            Follower(settings.database, FillsTables(NOTICES, codec)),
            NoticeWorker(settings, launchpad.log, launchpad.vault),
        ):
            yield


def test_one_reads_what_one_was_told_and_says_what_one_wants(cli: Cli, served_at: str, home: Path) -> None:
    where = ("--as", "developer:ada", "--url", served_at)
    with client(home, served_at, "developer:ada") as ada, client(home, served_at, "admin:grace") as grace:
        app = ada.post("/v1/apps", json={"name": f"App {datetime.now(UTC)}"}).json()["app_id"]
        assert grace.post(f"/v1/apps/{app}/suspend", json={"reason": "abuse"}).status_code == 200
        until(lambda: ada.get("/v1/inbox").json()["items"])
    shown = cli("inbox", "--unread", "--read", *where)
    assert shown.returncode == 0, shown.stderr
    assert "app_suspended" in shown.stdout
    assert "abuse" in shown.stdout
    until(lambda: cli("inbox", "--unread", *where).stdout == "Nothing here.\n")
    assert cli("inbox", "--admins", "--as", "admin:grace", "--url", served_at).stdout == "Nothing here.\n"
    assert "not_allowed" in cli("inbox", "--admins", *where).stderr

    assert cli("preferences", "set", "approval_granted", "email", "daily", *where).stdout == "approval_granted by email: daily.\n"
    lines = cli("preferences", "show", *where).stdout.splitlines()
    assert next(line.split() for line in lines if "approval_granted" in line) == ["approval_granted", "immediate", "daily", "immediate"]
    refused = cli("preferences", "set", "app_suspended", "inbox", "off", *where)
    assert (refused.returncode, "security_notice" in refused.stderr) == (1, True)
    assert "there is no notice called nothing" in cli("preferences", "set", "nothing", "inbox", "off", *where).stderr


def test_webhooks_are_added_listed_and_removed(cli: Cli, served_at: str) -> None:
    where = ("--as", "developer:ada", "--url", served_at)
    refused = cli("webhook", "add", "https://127.0.0.1/", *where)
    assert (refused.returncode, "private" in refused.stderr) == (1, True)
    made = cli("webhook", "add", "https://93.184.215.14/hook", "--kind", "app_suspended", *where)
    assert made.stdout.startswith("whsec_")
    (line,) = cli("webhook", "list", *where).stdout.splitlines()
    webhook, url, kinds = line.split()
    assert (url, kinds) == ("https://93.184.215.14/hook", "app_suspended")
    assert "can't be had any more" in cli("webhook", "secret", webhook, *where).stderr
    assert "told nothing any more" in cli("webhook", "remove", webhook, *where).stdout
    assert cli("webhook", "list", *where).stdout == ""


def test_what_travels_is_listed(cli: Cli, served_at: str) -> None:
    assert (
        cli("notices", "list", "--everybody", "--status", "given_up", "--as", "admin:grace", "--url", served_at).stdout == "Nothing here.\n"
    )
    unknown = cli("notices", "redeliver", "25d2a6e0-8a4f-5f43-9f5d-3b0c6a9e1d27", "--as", "developer:ada", "--url", served_at)
    assert "notice_unknown" in unknown.stderr
