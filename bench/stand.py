"""The stand: the servers and the databases that a run measures on, made anew for it and gone with it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from adapters.local.kafka import LocalKafka
from adapters.local.postgres import LocalPostgres
from adapters.postgres.migrations import migrate
from adapters.vault import migrate as migrate_vault
from bench.children import Child
from bench.scale import Scale

CORES: Final = 2
"""What the goals were set on: server, workers and clients share them."""
DURABILITY: Final = ("fsync", "synchronous_commit", "full_page_writes")
WAL_SEGMENTS: Final = 31
"""As many as a server of ours keeps to use again, but for the one in use (`min_wal_size`)."""
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


class Stand:
    """Servers in a folder on a disk. What costs time to make is made when it is first asked for, and kept for the run."""

    def __init__(self, folder: Path, scale: Scale, say: Callable[[str], None], stack: ExitStack) -> None:
        self.folder = folder
        self.scale = scale
        self.say = say
        self.stack = stack
        self.postgres = stack.enter_context(LocalPostgres(folder / "postgres"))
        self._use_segments()

    def child(self, make: Callable[..., object], *arguments: object) -> Child:
        """Start a process that lives as long as the run."""
        child = Child(make, *arguments)
        self.stack.callback(child.close)
        return child

    @cached_property
    def kafka(self) -> LocalKafka:
        """A broker."""
        self.say("starting Kafka")
        return self.stack.enter_context(LocalKafka(self.folder / "kafka"))

    def environment(self, database: str) -> dict[str, str]:
        """What a process of ours on that database finds in its environment."""
        return {
            "LAUNCHPAD_DATABASE_URL": self.postgres.url(database),
            "LAUNCHPAD_VAULT_URL": self.postgres.url("vault"),
            "LAUNCHPAD_HOME": str(self.folder / "home"),
            "LAUNCHPAD_LOCAL_ISSUER": "on",
            "LAUNCHPAD_LOG": "json",
        }

    def migrated(self, database: str) -> dict[str, str]:
        """Make a database of ours, and the vault where it is missing; returns the environment for it."""
        for name, migration in ((database, migrate), ("vault", migrate_vault)):
            self.postgres.create(name)
            migration(self.postgres.url(name))
        (self.folder / "home").mkdir(exist_ok=True)
        return self.environment(database)

    def copy(self, database: str, name: str) -> dict[str, str]:
        """Copy a database that nobody is connected to; returns the environment for the copy."""
        with self.connect("postgres") as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(database)))
        return self.environment(name)

    def connect(self, database: str) -> psycopg.Connection:
        """Connect as the superuser, in autocommit mode."""
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def tidy(self, database: str) -> None:
        """Bring statistics and visibility up to date after a load, as the server would do by itself within minutes."""
        with self.connect(database) as connection:
            connection.execute("VACUUM ANALYZE")

    def _use_segments(self) -> None:
        """Have the server own the WAL segments that one in use has: on a new one, each of them is made while commits wait."""
        with self.connect("postgres") as connection:
            for _ in range(WAL_SEGMENTS):
                connection.execute("SELECT pg_logical_emit_message(false, 'bench', '')")
                connection.execute("SELECT pg_switch_wal()")
            connection.execute("CHECKPOINT")

    def circumstances(self) -> dict[str, object]:
        """What has to be known to compare these figures with others."""
        with self.connect("postgres") as connection:
            server = {name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()[0] for name in DURABILITY}  # type: ignore[index] # SHOW answers
            version = connection.info.parameter_status("server_version")
        # How many others wanted a core in the last minute: well below 1 where the machine was left alone.
        busy = {"load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
        return {"postgresql": version, **server, "cores": cores(), "disk": file_system(self.folder), **busy, "rounds": self.scale.rounds}


@contextmanager
def stand(scale: Scale, say: Callable[[str], None], folder: Path | None = None) -> Iterator[Stand]:
    """Set the servers up; all of it is gone afterwards."""
    keep_to_two_cores()
    place = Path(tempfile.mkdtemp(prefix="launchpad-bench-", dir=folder or disk()))
    place.chmod(0o755)  # PostgreSQL runs as another user where we are root.
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        yield Stand(place, scale, say, stack)


def keep_to_two_cores() -> None:
    """Bind this process, and all that it starts, to two cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def disk() -> Path:
    """A folder for passing files that lies on a disk, so that fsync costs what it costs."""
    places = [Path(tempfile.gettempdir()), Path("/var/tmp")]  # The second survives a restart by custom, so it is no memory.
    return next((place for place in places if file_system(place) not in IN_MEMORY), places[0])


def file_system(folder: Path) -> str:
    """The type of the file system that a folder lies on, where the system tells."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    kinds = {point: kind for _, point, kind, *_ in (line.split() for line in mounts.read_text().splitlines())}
    return next(kinds[str(parent)] for parent in (folder.resolve(), *folder.resolve().parents) if str(parent) in kinds)
