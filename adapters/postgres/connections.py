"""How we connect to the log's database: as the role that may append and not rewrite, with plans made once."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

APPLICATION_ROLE: Final = "launchpad_app"
CONNECT_TIMEOUT_SECONDS: Final = 5
POOL_WAIT_SECONDS: Final = 5
"""Beyond this the caller hears that the log is away, and may wait with backoff; the pool's own pauses between tries stay short, too."""
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 10
"""Who holds the append lock and hangs lets go of it after this; honest work under the lock takes milliseconds."""
STATEMENT_SECONDS_MAX: Final = 60
OPTIONS: Final = {
    "role": APPLICATION_ROLE,
    "plan_cache_mode": "force_generic_plan",  # Our statements have one good plan, whatever the parameters.
    "enable_seqscan": "off",  # A plan made while tables were empty must not read them whole when they have grown.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # They are short, and come from many processes.
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS_MAX}s",
    "statement_timeout": f"{STATEMENT_SECONDS_MAX}s",
    "timezone": "UTC",
}


def settings_of(url: str, **changes: str) -> str:
    """Add our settings to the URL; `changes` replace some. What the URL itself sets in `options` comes last and wins."""
    given = conninfo_to_dict(url).get("options")
    ours = " ".join(f"-c {name}={value}" for name, value in (OPTIONS | changes).items())
    return make_conninfo(
        url, connect_timeout=CONNECT_TIMEOUT_SECONDS, application_name="launchpad", options=f"{ours} {given}" if given else ours
    )


def connect(url: str, **changes: str) -> psycopg.Connection[Any]:
    """Connect in autocommit mode as the application's role."""
    connection = psycopg.connect(settings_of(url, **changes), autocommit=True)
    connection.prepare_threshold = 0  # Every statement of ours comes again.
    return connection


def pool(url: str, size_max: int = 8) -> ConnectionPool[psycopg.Connection[Any]]:
    """Make a pool of such connections, and open it without waiting: a server that is away shows at the first use."""
    return ConnectionPool(
        settings_of(url),
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=1,
        max_size=size_max,
        timeout=POOL_WAIT_SECONDS,
        reconnect_timeout=POOL_WAIT_SECONDS,
        open=True,
        name="launchpad",
    )
