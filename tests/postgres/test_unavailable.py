"""A server that goes away: the log says so in one way, outcomes tell what became of an append, and it goes on by itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.local.postgres import LocalPostgres
from adapters.postgres import connections
from adapters.postgres.codec import WithoutKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from commands.ports import Appended, LogUnavailable
from domain.app import App
from tests import servers
from tests.postgres.given import CREATED, batch, decided, new

Connection = psycopg.Connection[Any]
RECOVERY_SECONDS_MAX = 15
KILLED_AFTER = 20


class Wire:
    """A wire to the server, which can swallow what the server answers, and then breaks."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._server = (str(parts["host"]), int(str(parts["port"])))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(url, port=self._listener.getsockname()[1])
        self.swallows = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        # A listening socket that is only closed would leave its thread waiting.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                for source, target, answers in ((client, server, False), (server, client, True)):
                    thread = threading.Thread(target=self._carry, args=(source, target, answers))
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:  # noqa: FBT001 - which way
        with suppress(OSError), source:
            while data := source.recv(65_536):
                if answers and self.swallows.is_set():
                    break
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(database: str) -> Iterator[Wire]:
    """A wire to the fresh database."""
    wire = Wire(database)
    yield wire
    wire.close()


def test_an_append_whose_answer_was_lost_is_found_by_its_outcome(wire: Wire, owner: Connection) -> None:
    app, decision = App.at(uuid4()), decided()
    with connections.pool(wire.url, 1) as pool:
        log = PostgresLog(pool, WithoutKeys())
        log.append(batch({app: 0}, decided(new(app, 0, CREATED))))
        wire.swallows.set()
        with pytest.raises(LogUnavailable):
            log.append(batch({app: 1}, decision))
        wire.swallows.clear()
        outcomes = eventually(lambda: log.load([app], [decision.envelope.command_id]).outcomes)
        assert outcomes[decision.envelope.command_id].outcome.position == 1
    assert owner.execute("SELECT count(*) FROM log.outcomes").fetchone() == (2,)


def test_an_append_that_was_cut_off_before_it_happened_has_no_outcome(log: PostgresLog, owner: Connection) -> None:
    app, decision = App.at(uuid4()), decided()
    with ThreadPoolExecutor(1) as thread:
        with owner.transaction():
            owner.execute("SELECT log.lock()")
            cut_off = thread.submit(log.append, batch({app: 0}, decision))
            waiting = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'log.append_lock'::regclass AND NOT granted"
            while owner.execute(waiting).fetchone() is None:
                time.sleep(0.01)
        with pytest.raises(LogUnavailable):
            cut_off.result(timeout=10)
    assert log.load([app], [decision.envelope.command_id]).outcomes == {}
    assert log.append(batch({app: 0}, decision)) == Appended([0])


def test_who_loses_the_lock_with_his_connection_hears_it(log: PostgresLog, owner: Connection) -> None:
    def lose() -> None:
        with log.locked() as mine:
            owner.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'log.append_lock'::regclass AND granted")
            mine.append(batch({}, decided()))

    with pytest.raises(LogUnavailable):
        lose()
    assert log.append(batch({}, decided())) == Appended([0])


def test_a_log_goes_on_by_itself_after_its_server_was_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with servers.scratch(servers.DISK) as folder, servers.postgres(Path(folder) / "postgres", durable=True) as server:
        server.create("killed")
        url = server.url("killed")
        migrate(url)
        with connections.pool(url, 4) as pool:
            log = PostgresLog(pool, WithoutKeys())
            appended = append_until_away(log, server)
            LocalPostgres(server.folder, server.port).start()
            outcomes = eventually(lambda: log.load([], appended).outcomes)
            assert outcomes.keys() == set(appended)
            assert isinstance(log.append(batch({}, decided())), Appended)


def append_until_away(log: PostgresLog, server: LocalPostgres) -> list[UUID]:
    """Append, kill the server, and go on until it is felt; return what was appended for sure."""
    appended = []
    with suppress(LogUnavailable):
        while True:
            decision = decided()
            log.append(batch({}, decision))
            appended.append(decision.envelope.command_id)
            if len(appended) == KILLED_AFTER:
                server.kill()
    assert len(appended) >= KILLED_AFTER
    return appended


def eventually(look: Any) -> Any:  # noqa: ANN401 - whatever is looked for
    """Try again as long as the log is away, and no longer than it may be."""
    end = time.monotonic() + RECOVERY_SECONDS_MAX
    while True:
        try:
            return look()
        except LogUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
