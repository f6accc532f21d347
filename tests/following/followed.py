"""Short ways to follow and to wait, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from projections.dashboard import DASHBOARD
from projections.projection import ReadModel
from projections.queue import QUEUE
from tests.following.histories import CODEC


def follow_to_the_end(url: str, page_size: int = 5_000, read_model: ReadModel = DASHBOARD) -> int:
    """Follow until nothing is new, as a follower does between two waits, and say where that is."""
    takes = FillsTables(read_model, CODEC, page_size)
    with connect(url) as connection, connect(url) as ahead:
        position = takes.begin(connection)
        while (page := takes.pages.read(connection, position)).last > position:
            for each in takes.pages.from_here(ahead, page):
                takes.take(connection, each)
                position = each.last
    return position


def start_over(url: str) -> None:
    """Empty the dashboard and the queue, and take their bookmarks away."""
    with psycopg.connect(url) as connection:
        for read_model in (DASHBOARD, QUEUE):
            for projection in read_model.projections:
                connection.execute(f"DELETE FROM {read_model.name}.{projection.name}".encode())
        connection.execute("DELETE FROM following.bookmark")


def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until it is true; fail where it never is."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
