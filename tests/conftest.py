"""What any test may ask for: a fresh database, a broker, the counts and the seed of this run."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from adapters.local.kafka import LocalKafka
from adapters.local.postgres import LocalPostgres
from tests import servers
from tests.counts import COUNTS, Counts

SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose how much the long tests do."""
    default = os.environ.get("LAUNCHPAD_TEST_COUNTS", "small")
    parser.addoption("--counts", choices=sorted(COUNTS), default=default, help="how much the long tests do (default: small)")


def pytest_configure(config: pytest.Config) -> None:
    """Set hypothesis up for this run: what fails can be repeated from what was printed."""
    examples = COUNTS[config.getoption("--counts")].examples
    # No deadline: a machine that is busy for a moment is no failure.
    hypothesis.settings.register_profile("launchpad", deadline=None, print_blob=True, max_examples=examples)
    hypothesis.settings.load_profile("launchpad")
    chosen = config.getoption("--hypothesis-seed", default=None)
    shared = getattr(config, "workerinput", {}).get("seed")  # Beside others, it is the seed that the run's header prints.
    config.stash[SEED] = shared or (int(chosen) if chosen and str(chosen).isdigit() else random.SystemRandom().randrange(2**32))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist's own
    """Hand the seed on to each of the processes that share the tests."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str:
    """Print what a run needs to be repeated."""
    return f"launchpad: counts={config.getoption('--counts')}, seed={config.stash[SEED]} (repeat with --hypothesis-seed)"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted: a proof says how much it has seen."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.user_properties:
            counted = ", ".join(f"{value:,} {name}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {counted}")


@pytest.fixture(scope="session")
def counts(request: pytest.FixtureRequest) -> Counts:
    """How much this run does."""
    return COUNTS[request.config.getoption("--counts")]


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run, printed in its header."""
    return request.config.stash[SEED]


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A folder for the servers of this run."""
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(servers_folder: Path) -> Iterator[LocalPostgres]:
    """PostgreSQL, quick and forgetful."""
    with servers.postgres(servers_folder / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def durable_postgres_server() -> Iterator[LocalPostgres]:
    """PostgreSQL as in production, on a disk: what it committed survives a kill -9."""
    with servers.scratch(servers.DISK) as folder, servers.postgres(folder / "postgres", durable=True) as server:
        yield server


@pytest.fixture(scope="session")
def kafka_server(servers_folder: Path) -> Iterator[LocalKafka]:
    """A Kafka broker; tests make topics with names of their own."""
    with servers.kafka(servers_folder / "kafka") as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres_server: LocalPostgres) -> LocalPostgres:
    """The quick server with its template databases, `base` and `vault_base`."""
    servers.make_templates(postgres_server)
    return postgres_server


@pytest.fixture(scope="session")
def durable_migrated(durable_postgres_server: LocalPostgres) -> LocalPostgres:
    """The durable server with its template databases."""
    servers.make_templates(durable_postgres_server)
    return durable_postgres_server


@pytest.fixture
def database(migrated: LocalPostgres) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with servers.fresh_database(migrated, "base") as url:
        yield url


@pytest.fixture
def vault_database(migrated: LocalPostgres) -> Iterator[str]:
    """The address of a fresh, migrated vault."""
    with servers.fresh_database(migrated, "vault_base") as url:
        yield url


@pytest.fixture
def empty_database(postgres_server: LocalPostgres) -> Iterator[str]:
    """The address of a database with nothing in it."""
    with servers.fresh_database(postgres_server, "template1") as url:
        yield url


@pytest.fixture
def durable_database(durable_migrated: LocalPostgres) -> Iterator[str]:
    """As `database`, on the durable server."""
    with servers.fresh_database(durable_migrated, "base") as url:
        yield url


@pytest.fixture
def durable_vault_database(durable_migrated: LocalPostgres) -> Iterator[str]:
    """As `vault_database`, on the durable server."""
    with servers.fresh_database(durable_migrated, "vault_base") as url:
        yield url
