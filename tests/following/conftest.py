"""Followers on a real server, over histories that were put into the log past its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from projections.dashboard import DASHBOARD
from projections.projection import ReadModel

AllRows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def tables(database: str) -> Callable[[], AllRows]:
    """Read all of the dashboard's tables, each in the order of its primary key."""
    return lambda: all_rows(database)


@pytest.fixture
def bookmark_at(database: str) -> Callable[[], int]:
    """Where the dashboard's bookmark lies; -1 where there is none."""

    def read() -> int:
        with psycopg.connect(database) as connection:
            found = connection.execute("SELECT position FROM following.bookmark WHERE read_model = 'dashboard'").fetchone()
        return -1 if found is None else int(found[0])

    return read


def all_rows(url: str, read_model: ReadModel = DASHBOARD) -> AllRows:
    """Read all of a read model's tables."""
    with psycopg.connect(url) as connection:
        return {
            projection.name: connection.execute(f"SELECT * FROM {read_model.name}.{projection.name} ORDER BY 1, 2".encode()).fetchall()
            for projection in read_model.projections
        }
