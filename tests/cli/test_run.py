"""`launchpad run`: from nothing to a served dashboard, everything ended by Ctrl-C, the data kept; for root and for others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from adapters.local.kafka_jars import missing as missing_kafka
from adapters.local.postgres import LocalPostgres
from adapters.local.postgres_programs import missing as missing_postgres
from tests import servers
from tests.cli.conftest import LAUNCHPAD, environment

START_SECONDS_MAX = 60
CLONE = Path(__file__).parent.parent.parent
ROOT = os.geteuid() == 0
NOBODY = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
PASSING = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
"""Lets nobody pass a private home, where Python itself may lie."""
PROC = Path("/proc")

pytestmark = pytest.mark.timeout(300)


class Run:
    """One `launchpad run`, and all that it printed."""

    def __init__(self, home: Path, folder: Path, env: dict[str, str], prefix: list[str]) -> None:
        self.home = home
        self.env = environment(home, LAUNCHPAD_HTTP="", **env)
        self.prefix = prefix
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, str(LAUNCHPAD), "run"], cwd=folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.rstrip())

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def started(self) -> Run:
        """Wait until it has told what to try next."""
        while "the data stay." not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - self.began < START_SECONDS_MAX, self.said
            time.sleep(0.1)
        return self

    @property
    def url(self) -> str:
        found = re.search(r"http://[\d.]+:\d+", self.said)
        assert found is not None
        return found[0]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.prefix, str(LAUNCHPAD), *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=60
        )
        assert "Traceback" not in done.stderr
        return done

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self._reading.join(10)
        return code


def processes(home: Path) -> list[str]:
    """Every process that was started for that home, by its command line."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            told = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home) in command or f"LAUNCHPAD_HOME={home}\0".encode() in told + b"\0":
            found.append(f"{folder.name} {command}")
    return found


def children(run: Run, name: str) -> list[int]:
    return [int(each.split()[0]) for each in processes(run.home) if f"adapters.cli {name} -P" in each]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that any user can reach, and nothing of which is left running."""
    servers.need(None if PROC.exists() else "these tests look for processes in /proc: run them on Linux")
    servers.need(missing_postgres())
    folder = Path(tempfile.mkdtemp(prefix="launchpad-run-"))
    folder.chmod(0o755)
    home = folder / "home"
    yield home
    for each in processes(home):
        os.kill(int(each.split()[0]), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def apps(run: Run) -> list[str]:
    """The names of all apps that there are."""
    token = run.command("token", "--as", "admin:grace").stdout.strip()
    asked = httpx.get(f"{run.url}/v1/apps", params={"limit": 200}, headers={"authorization": f"Bearer {token}"})
    return sorted(each["name"] for each in asked.json()["items"])


def test_from_nothing_to_a_dashboard_and_back_again_with_the_data_kept(home: Path, tmp_path: Path) -> None:
    servers.need(missing_kafka())
    first = Run(home, tmp_path, {}, []).started()
    assert "one command through the bus" in first.said
    assert re.search(r"reply on launchpad.replies after \d+ ms: accepted at position \d+", first.said)
    assert "not accepted" not in first.said
    steps = [line for line in (CLONE / "README.md").read_text().splitlines() if line.startswith(("✓", "Started in", "  http://"))]
    assert len(steps) == 10
    for step in steps:
        pattern = re.sub(r"\d+", r"\\d+", re.escape(step.replace("a0e81782-…", "UUID"))).replace("UUID", "[0-9a-f-]+")
        assert re.search(pattern, first.said), step
    assert {"Tram Times", "Pay by Phone"} <= set(re.findall("Tram Times|Pay by Phone", httpx.get(f"{first.url}/dashboard").text))
    events = httpx.get(f"{first.url}/ready").json()["dashboard"]["head"]
    assert events > 200

    again = first.command("run")
    assert again.returncode == 1
    assert f"running already at {first.url}" in again.stderr

    what_next = first.said.partition("In another terminal:")[2].partition("Data and logs")[0]
    told = [line.strip() for line in what_next.splitlines() if line.strip()]
    assert len(told) == 6
    done = subprocess.run("set -e\n" + "\n".join(told), shell=True, env=first.env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "My first app" in done.stdout

    by_bus = tmp_path / "commands.ndjson"
    app = uuid4()
    owner = first.command("token", "--as", "developer:ada", "--id").stdout.strip()
    by_bus.write_text(f'{{"type": "app.create.v1", "data": {{"app_id": "{app}", "owner": {{"id": "{owner}"}}, "name": "By bus"}}}}')
    sent = first.command("send", str(by_bus), "--via", "kafka", "--as", "developer:ada")
    assert (sent.returncode, "accepted" in sent.stdout) == (0, True), sent.stderr
    assert "By bus" in first.command("dashboard", str(app)).stdout
    assert first.command("status").returncode == 0

    (serving,) = children(first, "serve")
    os.kill(serving, signal.SIGKILL)
    until = time.monotonic() + 20
    while children(first, "serve") in ([], [serving]) or not answers(first.url):
        assert time.monotonic() < until, first.said
        time.sleep(0.1)
    assert "serve ended with -9; starting it again" in first.said

    kept = apps(first)
    assert {"My first app", "By bus"} <= set(kept)
    assert first.end(signal.SIGINT) == 0
    assert processes(home) == []
    assert "Traceback" not in first.said

    second = Run(home, tmp_path, {}, []).started()
    assert "the sample data are here already" in second.said
    assert apps(second) == kept
    # Two apps have three events each, and whoever is told of the sample apps a moment later has some more.
    assert httpx.get(f"{second.url}/ready").json()["dashboard"]["head"] >= events + 6
    assert second.end(signal.SIGTERM) == 0
    assert processes(home) == []


WITHOUT_JAVA = {"PATH": "/nonexistent", "JAVA_HOME": "/nonexistent"}
POSTGRES, KAFKA = "postgres/data/postmaster.pid", "kafka/kafka.pid"
NOTICED_SECONDS_MAX = 3
"""Two, and what a busy machine adds."""
AGAIN_SECONDS_MAX = 60


def kill(run: Run, pid_file: str) -> None:
    """End a server of its own, as a lack of memory would."""
    os.kill(int((run.home / pid_file).read_text().split()[0]), signal.SIGKILL)


def wait_for(run: Run, line: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while line not in run.said:
        assert time.monotonic() < until, run.said
        time.sleep(0.05)


def registered(run: Run, way: str) -> bool:
    """Whether a command is accepted that comes this way."""
    said = f'{{"type": "developer.register.v1", "data": {{"developer_id": "{uuid4()}", "name": "Nina", "email": "nina@example.org"}}}}'
    send = [str(LAUNCHPAD), "send", "-", "--via", way, "--as", "admin:grace"]
    sent = subprocess.run(send, input=said, env=run.env, capture_output=True, text=True, check=False, timeout=60)
    return (sent.returncode, "accepted" in sent.stdout) == (0, True)


def test_a_server_of_its_own_that_dies_is_named_and_started_again_where_it_was(home: Path, tmp_path: Path) -> None:
    servers.need(missing_kafka())
    run = Run(home, tmp_path, {}, []).started()
    for name, pid_file, port_file in (("PostgreSQL", POSTGRES, "postgres/port"), ("Kafka", KAFKA, "kafka/port")):
        port = (home / port_file).read_text()
        kill(run, pid_file)
        wait_for(run, f"! {name} ended; starting it again at 127.0.0.1:{port}", NOTICED_SECONDS_MAX)
        wait_for(run, f"✓ {name} runs again", AGAIN_SECONDS_MAX)
        assert (home / port_file).read_text() == port
        for way in ("kafka", "http"):
            until = time.monotonic() + AGAIN_SECONDS_MAX
            while not registered(run, way):
                assert time.monotonic() < until, run.said
    assert "Tram Times" in httpx.get(f"{run.url}/dashboard").text
    assert "Traceback" not in run.said
    assert run.end(signal.SIGINT) == 0
    assert processes(home) == []


def test_a_broker_that_cannot_be_started_again_is_given_up_and_http_goes_on(home: Path, tmp_path: Path) -> None:
    servers.need(missing_kafka())
    run = Run(home, tmp_path, {}, []).started()
    (home / "kafka/data/meta.properties").write_text("spoilt")
    kill(run, KAFKA)
    wait_for(run, "! Kafka can't be started again, and HTTP goes on without a bus: Kafka did not start: ", AGAIN_SECONDS_MAX)
    assert registered(run, "http")
    assert run.end(signal.SIGINT) == 0
    assert processes(home) == []


def test_without_a_database_that_can_be_started_again_it_ends_and_says_why(home: Path, tmp_path: Path) -> None:
    run = Run(home, tmp_path, WITHOUT_JAVA, []).started()
    (home / "postgres/data/global/pg_control").write_bytes(b"spoilt")
    kill(run, POSTGRES)
    assert run.process.wait(AGAIN_SECONDS_MAX) == 1
    wait_for(run, "launchpad: PostgreSQL can't be started again: PostgreSQL did not start: ", 5)
    assert "Traceback" not in run.said
    assert processes(home) == []


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("prefix", [[], *([NOBODY] if ROOT else [])], ids=lambda prefix: "nobody" if prefix else "myself")
def test_it_needs_no_bus_and_no_root_and_survives_its_own_death(home: Path, prefix: list[str]) -> None:
    if prefix:
        home.mkdir()
        shutil.chown(home, "nobody", "nogroup")
        private = any(not folder.stat().st_mode & 0o001 for folder in Path(sys.executable).resolve().parents)
        prefix = [shutil.which("setpriv") or "setpriv", *prefix, *(PASSING if private else [])]
    first = Run(home, Path("/"), WITHOUT_JAVA, prefix).started()
    assert "apt install" in first.said
    assert "LAUNCHPAD_KAFKA" in first.said
    assert "Tram Times" in httpx.get(f"{first.url}/dashboard").text
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    until = time.monotonic() + 15
    while children(first, "serve") + children(first, "project"):
        assert time.monotonic() < until
        time.sleep(0.1)
    second = Run(home, Path("/"), WITHOUT_JAVA, prefix).started()
    assert "the sample data are here already" in second.said
    assert second.end(signal.SIGINT) == 0
    assert processes(home) == []


def test_a_port_that_was_asked_for_and_is_taken_is_told(home: Path, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        env = environment(home, LAUNCHPAD_HTTP=address, **WITHOUT_JAVA)
        done = subprocess.run([LAUNCHPAD, "run"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert address in done.stderr
    assert "LAUNCHPAD_HTTP" in done.stderr
    assert processes(home) == []


def test_a_given_database_that_is_away_is_told_and_nothing_is_left(home: Path, tmp_path: Path) -> None:
    env = environment(home, LAUNCHPAD_DATABASE_URL="postgresql://127.0.0.1:1/launchpad", **WITHOUT_JAVA)
    done = subprocess.run([LAUNCHPAD, "run"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "LAUNCHPAD_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert processes(home) == []


def test_a_ctrl_c_at_any_moment_of_the_start_leaves_nothing(home: Path, tmp_path: Path) -> None:
    for seconds in (0.6, 1.5, 2.5, 4.0):
        run = Run(home, tmp_path, WITHOUT_JAVA, [])
        time.sleep(seconds)
        assert run.end(signal.SIGINT) in {0, 130}, run.said
        assert processes(home) == [], seconds
        assert "Traceback" not in run.said
    assert Run(home, tmp_path, WITHOUT_JAVA, []).started().end(signal.SIGINT) == 0


def test_a_given_database_is_used_and_left_running(home: Path, tmp_path: Path, postgres_server: LocalPostgres) -> None:
    with servers.fresh_database(postgres_server, "template1") as url, servers.fresh_database(postgres_server, "template1") as vault:
        run = Run(home, tmp_path, {"LAUNCHPAD_DATABASE_URL": url, "LAUNCHPAD_VAULT_URL": vault, **WITHOUT_JAVA}, []).started()
        assert "Tram Times" in run.said
        assert not (home / "postgres").exists()
        assert run.end(signal.SIGTERM) == 0
        assert processes(home) == []
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT count(*) FROM dashboard.app").fetchone()
        assert found == (22,)
