"""The command line as it is installed, in an environment of its own, over a real database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from adapters.compose import Launchpad
from adapters.local.postgres import LocalPostgres
from adapters.settings import Settings
from tests import servers
from tests.http.conftest import served

LAUNCHPAD = Path(sys.executable).with_name("launchpad")


class Cli(Protocol):
    """Runs the program and gives what it said."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]: ...


def environment(home: Path, **more: str) -> dict[str, str]:
    """No settings but these."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHPAD_")}
    return clean | {"LAUNCHPAD_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1"} | more


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def cli(home: Path) -> Cli:
    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [LAUNCHPAD, *arguments],
            env=environment(home, **(env or {})),
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        # No error path of any test may show one.
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def databases(migrated: LocalPostgres) -> Iterator[dict[str, str]]:
    """The variables that name a fresh database and its vault."""
    with servers.fresh_database(migrated, "base") as url, servers.fresh_database(migrated, "vault_base") as vault:
        yield {"LAUNCHPAD_DATABASE_URL": url, "LAUNCHPAD_VAULT_URL": vault, "LAUNCHPAD_LOCAL_ISSUER": "on"}


@contextmanager
def serving(home: Path, databases: Mapping[str, str]) -> Iterator[str]:
    """HTTP over these databases, in this process."""
    with Launchpad(Settings.load({"LAUNCHPAD_HOME": str(home), **databases})) as launchpad, served(launchpad) as url:
        yield url


@pytest.fixture(scope="module")
def served_at(home: Path, databases: dict[str, str]) -> Iterator[str]:
    with serving(home, databases) as url:
        yield url
