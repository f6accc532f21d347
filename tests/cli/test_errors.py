"""Whatever is wrong, the command line says what, where and what to do, and never shows a traceback."""

from __future__ import annotations

import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.local.ports import free_port
from adapters.local.postgres import LocalPostgres
from tests import servers
from tests.cli.conftest import LAUNCHPAD, Cli, environment

SUBCOMMANDS = ["run", "serve", "work", "project", "react", "migrate", "topics", "token", "send", "dashboard", "status", "rebuild", "keys"]
NEEDS_DATABASE = [
    ["serve"],
    ["project"],
    ["react"],
    ["migrate"],
    ["dashboard"],
    ["status"],
    ["rebuild", "dashboard"],
    ["rebuild", "access"],
    ["keys", "list"],
]
COMMAND = '{"type": "app.suspend.v1", "data": {"app_id": "3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21", "reason": "spam"}}'


@pytest.mark.parametrize("name", ["", *SUBCOMMANDS])
def test_help_says_what_it_does_with_an_example(cli: Cli, name: str) -> None:
    done = cli(*name.split(), "--help")
    assert done.returncode == 0
    assert f"launchpad {name}".strip() in done.stdout.replace("Usage: launchpad", "", 1)


def test_without_a_subcommand_help_is_shown(cli: Cli) -> None:
    done = cli()
    assert done.returncode == 2
    assert all(name in done.stdout for name in SUBCOMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["send"], ["send", "-", "--via", "pigeon"], ["token"], ["dashboard", "x"], ["rebuild", "all"], ["run", "--x"]],
)
def test_a_wrong_command_line_is_told_and_ends_with_two(cli: Cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr


@pytest.mark.parametrize("name", ["serve", "work", "project", "react"])
@pytest.mark.parametrize("option", ["--port", "--paren", "--parent"])
def test_no_option_is_suggested_that_is_none_of_the_user_s(cli: Cli, name: str, option: str) -> None:
    done = cli(name, option, "1")
    assert done.returncode == 2
    assert f"No such option: {option}" in done.stderr
    assert "--parent" not in done.stderr.replace(f"No such option: {option}", "")


@pytest.mark.parametrize("arguments", NEEDS_DATABASE, ids=" ".join)
def test_without_a_database_the_variable_is_named(cli: Cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert "LAUNCHPAD_DATABASE_URL is not set" in done.stderr


@pytest.mark.parametrize("arguments", NEEDS_DATABASE, ids=" ".join)
def test_a_database_that_is_away_is_told_with_its_place(cli: Cli, arguments: list[str]) -> None:
    port = free_port()
    done = cli(*arguments, env={"LAUNCHPAD_DATABASE_URL": f"postgresql://u:geheim@127.0.0.1:{port}/launchpad"})
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert str(port) in said
    assert "geheim" not in said


@pytest.fixture
def empty(migrated: LocalPostgres) -> Iterator[dict[str, str]]:
    with servers.fresh_database(migrated, "template1") as url, servers.fresh_database(migrated, "template1") as vault:
        yield {"LAUNCHPAD_DATABASE_URL": url, "LAUNCHPAD_VAULT_URL": vault}


@pytest.mark.parametrize("arguments", [each for each in NEEDS_DATABASE if each != ["migrate"]], ids=" ".join)
def test_a_database_that_is_not_migrated_is_told_with_the_command(cli: Cli, empty: dict[str, str], arguments: list[str]) -> None:
    done = cli(*arguments, env=empty)
    assert done.returncode == 1
    assert "launchpad migrate" in done.stdout + done.stderr


def test_another_master_key_is_told(cli: Cli, databases: dict[str, str], tmp_path: Path) -> None:
    assert cli("status", env=databases).returncode == 0
    for arguments in (["serve"], ["rebuild", "dashboard"], ["status"]):
        done = cli(*arguments, env=databases | {"LAUNCHPAD_HOME": str(tmp_path)})
        assert done.returncode == 1
        assert "another master key" in done.stdout + done.stderr


def test_a_wrong_setting_is_told_by_name_and_never_by_value(cli: Cli) -> None:
    done = cli("serve", env={"LAUNCHPAD_DATABSE_URL": "x", "LAUNCHPAD_MASTER_KEY": "c2VjcmV0"})
    assert done.returncode == 2
    assert "did you mean LAUNCHPAD_DATABASE_URL?" in done.stderr
    assert "LAUNCHPAD_MASTER_KEY" in done.stderr
    assert "c2VjcmV0" not in done.stderr


def test_a_taken_port_is_told(cli: Cli, databases: dict[str, str], served_at: str) -> None:
    done = cli("serve", env=databases | {"LAUNCHPAD_HTTP": served_at.removeprefix("http://")})
    assert done.returncode == 1
    assert "LAUNCHPAD_HTTP" in done.stderr


def test_a_home_that_is_open_to_others_is_told(cli: Cli, tmp_path: Path) -> None:
    env = {"LAUNCHPAD_HOME": str(tmp_path)}
    cli("token", "--as", "developer:ada", env=env)
    key = next(tmp_path.glob("*.pem"))
    key.chmod(stat.S_IRUSR | stat.S_IROTH)
    done = cli("token", "--as", "developer:ada", env=env)
    assert done.returncode == 1
    assert "chmod 600" in done.stderr


@pytest.mark.parametrize("http", ["127.0.0.1:1", "0.0.0.0:8000"])
def test_run_does_not_overrule_a_local_issuer_that_was_switched_off(cli: Cli, tmp_path: Path, http: str) -> None:
    done = cli("run", env={"LAUNCHPAD_HOME": str(tmp_path), "LAUNCHPAD_LOCAL_ISSUER": "off", "LAUNCHPAD_HTTP": http})
    assert (done.returncode, done.stdout) == (2, "")
    assert "LAUNCHPAD_LOCAL_ISSUER=off" in done.stderr
    assert "sample data" in done.stderr
    assert "leave it unset" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_run_on_an_open_address_is_refused_without_blame_for_what_nobody_set(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", env={"LAUNCHPAD_HOME": str(tmp_path), "LAUNCHPAD_HTTP": "0.0.0.0:8000"})
    assert done.returncode == 2
    assert "LAUNCHPAD_HTTP=0.0.0.0:8000 is open to other machines" in done.stderr
    assert "unset" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bus_that_is_not_set_or_away_is_told(cli: Cli, databases: dict[str, str]) -> None:
    for arguments in (["topics"], ["work"]):
        done = cli(*arguments, env=databases)
        assert done.returncode == 2
        assert "LAUNCHPAD_KAFKA is not set" in done.stderr
    away = databases | {"LAUNCHPAD_KAFKA": f"127.0.0.1:{free_port()}"}
    for arguments in (["topics"], ["send", "-", "--via", "kafka", "--as", "admin:grace"]):
        done = cli(*arguments, env=away, stdin=COMMAND)
        assert done.returncode == 1
        assert "LAUNCHPAD_KAFKA" in done.stderr or "can't be reached" in done.stderr


def test_the_unexpected_is_told_with_an_id_that_its_log_knows(cli: Cli, migrated: LocalPostgres, tmp_path: Path) -> None:
    with servers.fresh_database(migrated, "base") as url, servers.fresh_database(migrated, "vault_base") as vault:
        with psycopg.connect(url) as connection:
            connection.execute("ALTER VIEW dashboard.apps RENAME COLUMN name TO title")
        home = {"LAUNCHPAD_DATABASE_URL": url, "LAUNCHPAD_VAULT_URL": vault, "LAUNCHPAD_HOME": str(tmp_path)}
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO dashboard.app VALUES (gen_random_uuid(), 'developer', gen_random_uuid(), 'n', 'd', '[]', '{}', 'active', null, now(), now(), 1)"
            )
        done = cli("dashboard", env=home)
    assert done.returncode == 1
    assert "unexpected error" in done.stderr
    mark = done.stderr.split()[3]
    log = tmp_path / "errors.log"
    assert mark in log.read_text()
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_ctrl_c_is_quiet(home: Path, databases: dict[str, str]) -> None:
    serving = subprocess.Popen(
        [LAUNCHPAD, "serve"],
        env=environment(home, **databases, LAUNCHPAD_HTTP=f"127.0.0.1:{free_port()}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert serving.stdout is not None
    said = ""
    while "serving" not in said:
        said += serving.stdout.readline()
    serving.send_signal(signal.SIGINT)
    rest, _ = serving.communicate(timeout=20)
    assert serving.returncode == 0
    assert "Traceback" not in said + rest
    assert len(rest.splitlines()) <= 1


def test_ctrl_c_in_the_middle_of_something_is_quiet(home: Path) -> None:
    sending = subprocess.Popen(
        [LAUNCHPAD, "send", "-", "--as", "admin:grace"],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(2)  # It waits for standard input.
    sending.send_signal(signal.SIGINT)
    said, _ = sending.communicate(timeout=20)
    assert sending.returncode == 130
    assert said.strip() == ""


def test_a_reader_who_has_seen_enough_is_no_error(home: Path, databases: dict[str, str]) -> None:
    done = subprocess.run(
        f"{LAUNCHPAD} status | head -1",
        shell=True,
        env=environment(home, **databases),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
