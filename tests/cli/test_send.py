"""`launchpad send`: a file of commands by each way, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.identity.local_issuer import developer_id
from tests.cli.conftest import Cli


def lines(*commands: Mapping[str, object]) -> str:
    return "".join(json.dumps(command) + "\n" for command in commands)


def registered(name: str) -> dict[str, object]:
    data = {"developer_id": str(developer_id(name)), "name": name, "email": f"{name}@example.com"}
    return {"type": "developer.register.v1", "data": data}


def created(name: str, title: str) -> dict[str, object]:
    data = {"app_id": str(uuid4()), "owner": {"id": str(developer_id(name))}, "name": title}
    return {"id": str(uuid4()), "type": "app.create.v1", "data": data}


@pytest.fixture
def way(request: pytest.FixtureRequest) -> list[str]:
    """The options for one way."""
    return ["--via", "database"] if request.param == "database" else ["--url", request.getfixturevalue("served_at")]


@pytest.mark.parametrize("way", ["http", "database"], indirect=True)
def test_a_file_is_sent_and_its_outcomes_are_counted(cli: Cli, databases: dict[str, str], tmp_path: Path, way: list[str]) -> None:
    name = f"sender{len(way[1])}"
    file = tmp_path / "commands.ndjson"
    file.write_text(lines(registered(name), *(created(name, f"App {number}") for number in range(250))) + "\n")
    done = cli("send", str(file), "--as", f"developer:{name}", *way, env=databases)
    assert done.returncode == 0, done.stderr
    assert "251" in done.stdout
    with psycopg.connect(databases["LAUNCHPAD_DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM log.events WHERE topic = 'app.created.v1' AND principal = %s", [f"person:{developer_id(name)}"]
        ).fetchone()
    assert found == (250,)


@pytest.mark.parametrize("way", ["http", "database"], indirect=True)
def test_sending_the_same_ids_again_changes_nothing(cli: Cli, databases: dict[str, str], way: list[str]) -> None:
    name = f"again{len(way[1])}"
    cli("send", "-", "--as", f"developer:{name}", *way, env=databases, stdin=lines(registered(name)))
    said = lines(created(name, "Once"))
    first = cli("send", "-", "--as", f"developer:{name}", *way, env=databases, stdin=said)
    second = cli("send", "-", "--as", f"developer:{name}", *way, env=databases, stdin=said)
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout
    other = cli("send", "-", "--as", "developer:somebody", *way, env=databases, stdin=said)
    assert other.returncode == 1
    assert "command_id_reused" in other.stdout


@pytest.mark.parametrize("way", ["http", "database"], indirect=True)
def test_what_was_not_accepted_is_told_by_line_and_ends_with_one(cli: Cli, databases: dict[str, str], way: list[str]) -> None:
    good, refused = registered(f"mixed{len(way[1])}"), {"type": "app.suspend.v1", "data": {"app_id": str(uuid4()), "reason": "x"}}
    invalid = {"type": "app.suspend.v1", "data": {"app_id": "x"}}
    said = "\n" + lines(good, refused) + "{\n[1]\n" + lines(invalid, {"type": "app.suspend.v1", "data": {}, "onBehalfOf": "x"})
    done = cli("send", "-", "--as", "admin:grace", *way, env=databases, stdin=said)
    assert done.returncode == 1
    told = {line.split(":")[0]: line for line in done.stdout.splitlines() if line.startswith("line ")}
    assert set(told) == {"line 3", "line 4", "line 5", "line 6", "line 7"}
    assert "refused app_unknown" in told["line 3"]
    assert "not JSON" in told["line 4"]
    assert "invalid" in told["line 6"]
    assert "app_id" in told["line 6"]
    assert "onBehalfOf" in told["line 7"]


def test_a_service_sends_for_a_developer(cli: Cli, databases: dict[str, str]) -> None:
    token = cli("token", "--as", "service:portal", "--may-act", "moana").stdout.strip()
    said = lines(
        {**registered("moana"), "onbehalfof": str(developer_id("moana"))},
        {**created("moana", "Hers"), "onbehalfof": str(developer_id("moana"))},
    )
    done = cli("send", "-", "--via", "database", "--token", token, env=databases, stdin=said)
    assert done.returncode == 0, done.stdout
    assert cli("send", "-", "--via", "database", env=databases | {"LAUNCHPAD_TOKEN": token}, stdin=said).returncode == 0


def test_without_http_it_goes_to_the_database_by_itself(cli: Cli, databases: dict[str, str]) -> None:
    done = cli("send", "-", "--as", "developer:own", env=databases | {"LAUNCHPAD_HTTP": "127.0.0.1:1"}, stdin=lines(registered("own")))
    assert done.returncode == 0
    assert "database" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "told"),
    [
        (["/nowhere/commands.ndjson", "--as", "admin:grace"], "", 2, "there is no file"),
        (["/etc", "--as", "admin:grace"], "", 2, "/etc is a folder"),
        (["-", "--as", "admin:grace"], "\n\n", 2, "holds no command"),
        (["-"], lines(registered("x")), 2, "LAUNCHPAD_TOKEN"),
        (["-", "--as", "admin:grace", "--token", "x"], lines(registered("x")), 2, "exclude each other"),
        (["-", "--as", "admin:grace", "--url", "http://127.0.0.1:1"], lines(registered("x")), 1, "does not answer"),
        (["-", "--as", "admin:grace"], lines(registered("x")), 1, "launchpad run"),
        (["-", "--as", "admin:grace", "--via", "kafka"], lines(registered("x")), 1, "LAUNCHPAD_KAFKA"),
    ],
)
def test_what_can_t_be_sent_is_told(cli: Cli, arguments: list[str], stdin: str, code: int, told: str) -> None:
    done = cli("send", *arguments, env={"LAUNCHPAD_HTTP": "127.0.0.1:1"}, stdin=stdin)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_token_that_is_not_trusted_is_told(cli: Cli, served_at: str) -> None:
    done = cli("send", "-", "--token", "a.b.c", "--url", served_at, stdin=lines(registered("x")))
    assert done.returncode == 1
    assert "401 token_malformed" in done.stderr
