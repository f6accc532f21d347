"""PostgreSQL from its wheel: it starts, keeps its data, survives a kill, and says what is wrong."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.local import LocalServerError, postgres_folder, postgres_programs
from adapters.local.accounts import server_account
from adapters.local.postgres import LocalPostgres
from tests import servers

LEAVES_A_SERVER_BEHIND = """
import os, sys
from pathlib import Path
from adapters.local.postgres import LocalPostgres
LocalPostgres(Path(sys.argv[1])).start()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    servers.need(postgres_programs.missing())
    with servers.scratch(servers.DISK) as scratch:
        yield scratch / "postgres"


def write_row(server: LocalPostgres) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def rows(server: LocalPostgres) -> int:
    with psycopg.connect(server.url("postgres")) as connection:
        return len(connection.execute("SELECT number FROM kept").fetchall())


def test_it_keeps_its_data_and_its_address_from_one_start_to_the_next(folder: Path) -> None:
    with LocalPostgres(folder) as first:
        write_row(first)
        address = first.url("postgres")
    assert not first.find()
    with LocalPostgres(folder) as second:
        assert second.url("postgres") == address
        assert rows(second) == 1


def test_what_was_committed_survives_a_kill(folder: Path) -> None:
    server = LocalPostgres(folder)
    server.start()
    write_row(server)
    server.kill()
    assert not server.find()
    with server:
        assert rows(server) == 1


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"port {port} is taken"):
            LocalPostgres(folder, port).start()


def test_a_server_that_runs_already_has_one_owner(folder: Path) -> None:
    with LocalPostgres(folder), pytest.raises(LocalServerError, match=f"in use by process {os.getpid()};"):
        LocalPostgres(folder).start()


def test_the_server_of_an_owner_who_was_killed_is_taken_over(folder: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", LEAVES_A_SERVER_BEHIND, folder], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = (folder / "data" / "postmaster.pid").read_text().splitlines()[0]
    with LocalPostgres(folder) as server:
        assert (folder / "data" / "postmaster.pid").read_text().splitlines()[0] == left
        write_row(server)
    assert not server.find()


def test_a_creation_that_was_interrupted_is_made_anew(folder: Path) -> None:
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "half").write_text("of a database")
    with LocalPostgres(folder) as server:
        write_row(server)


def test_nobody_comes_in_without_the_password(folder: Path) -> None:
    with LocalPostgres(folder) as server:
        assert (folder / "password").stat().st_mode & 0o077 == 0
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{server.port}/postgres")


def test_programs_that_the_servers_user_cannot_reach_are_copied_to_where_he_can(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = server_account()
    site = postgres_programs.wheel_site()
    private = folder.parent / "private"
    private.mkdir(mode=0o700)
    for part in postgres_programs.PARTS:
        if (site / part).exists():
            shutil.copytree(site / part, private / part, symlinks=True)
    monkeypatch.setattr(postgres_programs, "wheel_site", lambda: private)
    with LocalPostgres(folder) as server:
        write_row(server)
    # Only root must run it as somebody else, who may not look into root's folders.
    assert bool(list(folder.glob("programs-*"))) == bool(account.run_as)


def test_a_folder_that_the_servers_user_cannot_pass_is_named(folder: Path) -> None:
    private = folder.parent / "private"
    private.mkdir(mode=0o700)
    server = LocalPostgres(private / "postgres")
    if server_account().run_as:
        with pytest.raises(LocalServerError, match=f"can't pass {private}"):
            server.start()
    else:
        with server:
            write_row(server)


def test_why_data_could_not_be_made_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_folder, "INITDB", f"{postgres_folder.INITDB} -c work_mem=plenty")
    with pytest.raises(LocalServerError, match=r'^initdb failed: .*invalid value for parameter "work_mem": "plenty"'):
        LocalPostgres(folder).start()
    assert not (folder / "data").exists()
