"""One leader among the followers of a read model: whoever holds an advisory lock, on the very connection that it writes through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

LOCKS: Final = 1_279_350_348
"""The class of our advisory locks: any number will do that nothing else uses."""

_TRY: Final = "SELECT pg_try_advisory_lock(%s, hashtext(%s) & 2147483647)"
_WAIT: Final = "SELECT pg_advisory_lock(%s, hashtext(%s) & 2147483647)"
_LEAVE: Final = "SELECT pg_advisory_unlock(%s, hashtext(%s) & 2147483647)"
_WANTED: Final = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted AND classid = %s AND objid = (hashtext(%s) & 2147483647)::bigint::oid
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


class LeaderBusy(Exception):
    """The leader did not step down in time."""


def try_to_lead(connection: psycopg.Connection[Any], name: str) -> bool:
    """Become the leader, if there is none. It lasts as long as the connection: a leader that lost it can't write either."""
    return bool(connection.execute(_TRY, [LOCKS, name]).fetchone() == (True,))


def wait_to_lead(connection: psycopg.Connection[Any], name: str, timeout_seconds: float) -> None:
    """Become the leader as soon as the one there is steps down, which it does when somebody waits. Raises LeaderBusy."""
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{int(timeout_seconds * 1000)}ms"])
    try:
        connection.execute(_WAIT, [LOCKS, name])
    except psycopg.errors.LockNotAvailable:
        raise LeaderBusy(f"another process follows as {name} and did not step down within {timeout_seconds:g} s: stop it first") from None
    finally:
        connection.execute("SELECT set_config('lock_timeout', '0', false)")


@contextmanager
def leading(connection: psycopg.Connection[Any], name: str, timeout_seconds: float) -> Iterator[None]:
    """Lead for a while, in place of the one there, who begins anew afterwards. Raises LeaderBusy."""
    wait_to_lead(connection, name, timeout_seconds)
    try:
        yield
    finally:
        connection.execute(_LEAVE, [LOCKS, name])


def is_wanted(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether somebody waits to lead."""
    return bool(connection.execute(_WANTED, [LOCKS, name]).fetchone() == (True,))
