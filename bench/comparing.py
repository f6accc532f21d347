"""Whether two databases show the same dashboard, row by row: what is quick and wrong does not count."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import psycopg

from bench.follows import TABLES


class Differs(Exception):
    """Two dashboards that should be the same are not."""


def rows_of(connection: psycopg.Connection[Any]) -> Mapping[str, list[str]]:
    """Every row of the dashboard's tables as text, in order."""
    return {
        table: [row for (row,) in connection.execute(f'SELECT t::text COLLATE "C" FROM {table} AS t ORDER BY 1'.encode())]
        for table in TABLES
    }


def must_be_equal(what: str, one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> int:
    """Return how many rows were compared; raises Differs, naming the first pair."""
    for table in TABLES:
        for mine, theirs in zip_longest(one[table], other[table]):
            if mine != theirs:
                raise Differs(f"{what}: {table}: {mine} is not {theirs}")
    compared = sum(map(len, one.values()))
    if not compared:
        raise Differs(f"{what}: there is nothing to compare")
    return compared
