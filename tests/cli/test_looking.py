"""`launchpad dashboard`, `status`, `rebuild`, `migrate` and `token`: what they show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from adapters.cli.app_tables import left
from adapters.cli.run_output import EVERYDAY
from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.intake import Request
from adapters.local.postgres import LocalPostgres
from adapters.postgres.codec import EventCodec
from adapters.postgres.rebuilding import rebuild
from adapters.sample.tell import sample_commands
from adapters.settings import Settings
from projections.dashboard import DASHBOARD
from tests import servers
from tests.cli.conftest import Cli
from tests.memory_log import NOW
from tests.sample.test_sample import digest_of


@pytest.fixture(scope="module")
def sample(home: Path, databases: dict[str, str]) -> dict[str, str]:
    """The databases with the sample story told."""
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    issuer = LocalIssuer(home, settings.audience)
    told = sample_commands(datetime.now(UTC), digest_of)
    with Launchpad(settings) as launchpad:
        requests = [Request(each.id, each.type, json.dumps(each.data).encode(), f"Bearer {issuer.issue(each.sender)}") for each in told]
        assert {outcome.kind.value for outcome in launchpad.taker().take(requests)} == {"accepted"}
        rebuild(settings.database, DASHBOARD, EventCodec(launchpad.vault.personal_data))
    return databases


def test_apps_are_shown_with_owner_status_products_and_credentials(cli: Cli, sample: dict[str, str]) -> None:
    shown = cli("dashboard", env=sample).stdout
    assert all(name in shown for name in ("Tram Times", "Ada Nowak", "suspended", "✓ Bike Stations", "… Payment Initiation (pending)"))
    assert "overlap ends in 6 d 23 h" in shown
    assert "Old Timetable" not in shown
    assert "4 pending" in shown


def test_filters_narrow_it_down(cli: Cli, sample: dict[str, str]) -> None:
    mine = cli("dashboard", "--owner", "ada", env=sample).stdout
    assert "Tram Times" in mine
    assert "Umbrella" not in mine
    assert cli("dashboard", "--owner", str(developer_id("ada")), env=sample).stdout == mine
    assert "Old Timetable" in cli("dashboard", "--owner", "ada", "--status", "deleted", env=sample).stdout
    names = [str(each.data["name"]) for each in sample_commands(NOW, digest_of) if each.type == "app.create.v1"]
    one = cli("dashboard", "--limit", "1", env=sample).stdout
    assert [name in one for name in names].count(True) == 1
    assert "No app of the owner zoe was found" in cli("dashboard", "--owner", "zoe", env=sample).stdout


def test_a_stopped_run_is_named_where_its_data_lie(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    told = cli("dashboard", env={"LAUNCHPAD_HOME": str(tmp_path)})
    assert told.returncode == 1
    assert f"launchpad run is not running here; its data lie in {tmp_path}" in told.stderr


def test_one_app_is_shown_in_detail(cli: Cli, sample: dict[str, str]) -> None:
    buddy = next(each.data["app_id"] for each in sample_commands(NOW, digest_of) if each.data.get("name") == "Route Buddy")
    shown = cli("dashboard", str(buddy), env=sample).stdout
    assert all(text in shown for text in ("https://buddy.example.com/callback", "OAuth client", "retiring", "Route Planning"))
    missing = cli("dashboard", str(UUID(int=1)), env=sample)
    assert missing.returncode == 1
    assert "there is no app" in missing.stderr


def test_status_does_not_miss_a_follower_whose_place_a_later_version_has_taken(cli: Cli, sample: dict[str, str]) -> None:
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO following.bookmark (read_model, version, position) VALUES ('dashboard', 0, 0)")
    done = cli("status", env=sample)
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("DELETE FROM following.bookmark WHERE version = 0")
    assert "a later version has taken its place" in done.stdout
    assert "behind" not in done.stdout


def test_status_tells_how_everything_is(cli: Cli, sample: dict[str, str]) -> None:
    done = cli("status", env=sample)
    assert done.returncode == 0, done.stdout
    assert all(text in done.stdout for text in ("up to date", "has followed everything", "opens with the master key", "local issuer"))
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("UPDATE following.bookmark SET position = position - 5")
    assert "5 events" in cli("status", env=sample).stdout


def test_status_tells_that_nobody_does_what_is_due(cli: Cli, sample: dict[str, str]) -> None:
    assert "nothing is due" in cli("status", env=sample).stdout
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO todo.credential_due VALUES (%s, 'expire', %s, now() - interval '2 minutes', %s)", [UUID(int=1)] * 3)
    done = cli("status", env=sample)
    assert done.returncode == 1
    assert "1 are due, for 12" in done.stdout
    assert "is a launchpad react running?" in done.stdout
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("DELETE FROM todo.credential_due WHERE credential_id = %s", [UUID(int=1)])


def test_rebuilding_makes_the_same_rows_again(cli: Cli, sample: dict[str, str]) -> None:
    shown = ("dashboard", "--owner", "ada")
    before = cli(*shown, env=sample).stdout
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        connection.execute("DELETE FROM dashboard.app")
        connection.execute("DELETE FROM access.app")
    assert "was made anew from" in cli("rebuild", "dashboard", env=sample).stdout
    assert "todo was made anew from" in cli("rebuild", "todo", env=sample).stdout
    assert "access rows were made anew" in cli("rebuild", "access", env=sample).stdout
    assert cli(*shown, env=sample).stdout == before
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM access.app").fetchone() == (22,)


def test_square_brackets_in_a_reason_are_no_markup(cli: Cli, sample: dict[str, str]) -> None:
    buddy = next(each.data["app_id"] for each in sample_commands(NOW, digest_of) if each.data.get("name") == "Route Buddy")
    with psycopg.connect(sample["LAUNCHPAD_DATABASE_URL"]) as connection:
        products = connection.execute("UPDATE dashboard.subscription SET reason = 'no [/ticket] [red]' WHERE app_id = %s", [buddy])
        keys = connection.execute(
            "UPDATE dashboard.credential SET ended_at = now(), ended_reason = 'see [/leak]' WHERE app_id = %s", [buddy]
        )
        assert products.rowcount
        assert keys.rowcount
    shown = cli("dashboard", str(buddy), env=sample)
    assert shown.returncode == 0, shown.stderr
    assert "no [/ticket] [red]" in shown.stdout
    assert "see [/leak]" in shown.stdout
    assert "see [/leak]" in cli("dashboard", env=sample).stdout


@pytest.mark.parametrize(("level", "shown"), [("info", False), ("warning", True), ("error", True)])
def test_of_its_children_run_shows_what_is_not_everyday(level: str, *, shown: bool) -> None:
    for line in (f"2026-11-24 02:18:40 [{level:<8}] command   outcome=accepted", f'{{"event":"command","level":"{level}"}}'):
        assert (EVERYDAY.search(line) is None) is shown
    assert EVERYDAY.search("Traceback: what nobody logged") is None


@pytest.fixture
def empty(migrated: LocalPostgres) -> Iterator[str]:
    with servers.fresh_database(migrated, "template1") as url:
        yield url


def test_migrating_twice_does_it_once(cli: Cli, empty: str, vault_database: str) -> None:
    env = {"LAUNCHPAD_DATABASE_URL": empty, "LAUNCHPAD_VAULT_URL": vault_database}
    first, second = cli("migrate", env=env), cli("migrate", env=env)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "applied 0001_log.sql" in first.stdout
    assert "nothing to do" in second.stdout


def test_a_token_is_printed_alone_and_proves_its_holder(cli: Cli, home: Path) -> None:
    done = cli("token", "--as", "developer:ada", env={"LAUNCHPAD_LOCAL_ISSUER": "on"})
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), "LAUNCHPAD_LOCAL_ISSUER": "on"})
    with Launchpad(settings) as launchpad:
        assert launchpad.verifier.verify(done.stdout.strip()).person_id == developer_id("ada")
    assert done.stderr == ""
    assert "LAUNCHPAD_LOCAL_ISSUER" in cli("token", "--as", "developer:ada").stderr
    assert cli("token", "--as", "developer:ada", "--id").stdout.strip() == str(developer_id("ada"))


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (timedelta(days=6, hours=23, minutes=59), "6 d 23 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(minutes=5, seconds=1), "5 min 1 s"),
        (timedelta(seconds=9), "9 s"),
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_what_is_left_is_told_in_two_units(time: timedelta, told: str) -> None:
    assert left(time) == told
