"""Looking after servers: told of a death once, started again, and given up when that helps no more."""

from __future__ import annotations

import pytest

from adapters.cli.run_watch import DEATHS_MAX, Watch
from adapters.cli.told import Told
from adapters.local import LocalServerError


class Frail:
    """A server that dies whenever nobody looks."""

    address = "127.0.0.1:1"
    runs = False

    def start_again(self) -> None:
        pass


class Broken(Frail):
    """A server that never starts again."""

    def start_again(self) -> None:
        raise LocalServerError("its disk is full")


def test_a_server_that_runs_is_left_alone() -> None:
    said: list[str] = []
    server = Broken()
    server.runs = True
    watch = Watch(said.append, said.append)
    watch.over("Kafka", server)
    watch.look()
    assert said == []


def test_a_server_that_dies_again_and_again_is_given_up() -> None:
    said: list[str] = []
    watch = Watch(said.append, said.append)
    watch.over("Kafka", Frail(), without="the rest goes on")
    for _ in range(DEATHS_MAX + 2):
        watch.look()
    again = ["Kafka ended; starting it again at 127.0.0.1:1", "Kafka runs again"]
    assert said[:-1] == again * (DEATHS_MAX - 1)
    assert said[-1].startswith("Kafka can't be started again, and the rest goes on: it ended 3 times within 60 s")


def test_where_nothing_goes_on_without_it_the_watch_ends() -> None:
    said: list[str] = []
    watch = Watch(said.append, said.append)
    watch.over("PostgreSQL", Broken())
    with pytest.raises(Told, match="PostgreSQL can't be started again: its disk is full"):
        watch.look()
    assert said == ["PostgreSQL ended; starting it again at 127.0.0.1:1"]
