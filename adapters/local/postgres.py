"""PostgreSQL 18 from a wheel: started in a folder, stopped again, its data kept."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.local import LocalServerError, postgres_programs
from adapters.local.accounts import server_account
from adapters.local.local_server import LocalServer
from adapters.local.ownership import Ownership
from adapters.local.ports import LOOPBACK, free_port
from adapters.local.postgres_folder import create_data, write_settings
from adapters.local.processes import living

START_SECONDS_MAX = 60  # Recovery after a crash takes 2 s here; a slow disk may need ten times that.
RETRY_SECONDS = 0.25

# A server that was killed leaves these for a second or two, until its children are gone too.
PASSING_TROUBLES = ('"postmaster.pid" already exists', "pre-existing shared memory block")


class LocalPostgres(LocalServer):
    """One PostgreSQL server whose data lie in a folder; `durable=False` is for tests alone."""

    def __init__(self, folder: Path, port: int | None = None, *, durable: bool = True) -> None:
        super().__init__(port)
        self.folder = folder = folder.absolute()  # PostgreSQL's programs run in another working folder.
        self._durable = durable
        self._account = server_account()
        self._ownership = Ownership(folder)
        self._data = folder / "data"
        self._log = self._data / "server.log"
        self._password = folder / "password"

    def start(self) -> None:
        """Start the server, or take over the one that an owner who was killed has left; LocalServerError says why it can't."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if closed := self._account.closed_folder(self.folder):
            who = f"the user {self._account.name}, who runs PostgreSQL,"
            raise LocalServerError(f"{who} can't pass {closed}: allow it (chmod o+x {closed}), or choose another LAUNCHPAD_HOME")
        self._ownership.take()
        try:
            create_data(self.folder, self._account, durable=self._durable)
            if self.find() and self._wanted_port not in {None, self.port}:
                self._stop("fast")
            if not self.find():
                self._launch()
        except BaseException:
            self._ownership.give_back()
            raise

    def stop(self) -> None:
        """Stop the server; connections that are still open are ended."""
        if self._pid() is not None and not self._stop("fast"):
            self._stop("immediate")
        self._ownership.give_back()

    def kill(self) -> None:
        """End the server as a power cut would; for tests."""
        if (pid := self._pid()) is not None:
            os.kill(pid, signal.SIGKILL)
        self._ownership.give_back()

    def find(self) -> bool:
        """Say whether this folder's server answers, whoever started it; then `port` and `url` are true of it."""
        lines = self._pid_file()
        port = int(lines[3]) if len(lines) > 3 else 0  # noqa: PLR2004 - the fourth line is the port
        if not port or self._pid() is None or self._run("pg_isready", "-q", "-h", LOOPBACK, "-p", str(port)).returncode:
            return False
        self.port = port
        return True

    def url(self, database: str) -> str:
        """Give the address of a database on this server; it holds the superuser's password, so print it nowhere."""
        password = f":{self._password.read_text()}" if self._password.exists() else ""
        return f"postgresql://postgres{password}@{LOOPBACK}:{self.port}/{database}"

    def create(self, database: str) -> None:
        """Create an empty database, unless it exists."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def _launch(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            self.port = self._wanted_port or free_port(self.folder / "port")
            write_settings(self.folder, self._account, self.port, durable=self._durable)
            self._log.unlink(missing_ok=True)
            wait = ["-w", "-t", str(START_SECONDS_MAX)]
            if self._run("pg_ctl", "-D", str(self._data), *wait, "-l", str(self._log), "start").returncode == 0:
                return
            said = self._log.read_text(errors="replace") if self._log.exists() else ""
            lost_race = "Address already in use" in said and self._wanted_port is None
            if "Address already in use" in said and not lost_race:
                raise LocalServerError(f"port {self.port} is taken by another program; choose another one, or none to have one chosen")
            if not (lost_race or any(trouble in said for trouble in PASSING_TROUBLES)) or time.monotonic() > deadline:
                raise LocalServerError(f"PostgreSQL did not start: {_last_line(said)} (more in {self._log})")
            time.sleep(RETRY_SECONDS)
            if self.find():  # It was on its way up already.
                return

    def _stop(self, mode: str) -> bool:
        return self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-m", mode, "stop").returncode == 0

    def _pid_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _pid(self) -> int | None:
        lines = self._pid_file()
        return living(int(lines[0]), str(self._data)) if lines else None

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return postgres_programs.run(program, *arguments, account=self._account, folder=self.folder)


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1]
