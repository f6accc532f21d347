"""What tests stand on: databases that are fresh, and nothing left behind by a run that was killed."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from adapters.local import postgres_programs
from adapters.local.postgres import LocalPostgres
from tests import servers

IS_KILLED = """
import os, sys
from pathlib import Path
from adapters.local.postgres import LocalPostgres
from tests import servers
with servers.scratch(Path(sys.argv[1])) as folder:
    LocalPostgres(folder / "postgres", durable=False).start()
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_each_database_is_fresh_and_goes_with_its_test(postgres_server: LocalPostgres) -> None:
    with servers.fresh_database(postgres_server, "template1") as url:
        name = url.rpartition("/")[2]
        # A connection that a test forgot may not keep its database.
        forgotten = psycopg.connect(url)
        forgotten.execute("CREATE TABLE mine (number int)")
        forgotten.commit()
    forgotten.close()
    with servers.fresh_database(postgres_server, "template1") as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)
        assert connection.execute("SELECT datname FROM pg_database WHERE datname = %s", [name]).fetchone() is None


def test_the_servers_of_a_run_that_was_killed_are_swept_by_the_next() -> None:
    servers.need(postgres_programs.missing())
    with servers.scratch(servers.DISK) as place:
        killed = subprocess.run([sys.executable, "-c", IS_KILLED, place], check=False, capture_output=True, text=True)
        left = Path(killed.stdout.strip())
        server = LocalPostgres(left / "postgres", durable=False)
        assert server.find()
        with servers.scratch(place):
            assert not left.exists()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url("postgres"))


def test_what_is_missing_skips_here_and_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="sudo apt install it"):
        servers.need("sudo apt install it")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="sudo apt install it"):
        servers.need("sudo apt install it")
