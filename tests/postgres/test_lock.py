"""What the append lock is for, shown with it and without it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault import Vault
from commands.ports import Appended, Conflict
from domain.app import App
from domain.developer import Developer
from domain.product import Product, ProductChanged
from tests.counts import Counts
from tests.postgres.given import ADDED, CREATED, batch, decided, new

Connection = psycopg.Connection[Any]
PAGE = 100
PATIENCE_SECONDS = 60


def take_out_the_lock(owner: Connection) -> None:
    owner.execute("CREATE OR REPLACE FUNCTION log.lock() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'")


def take_positions_from_a_sequence(owner: Connection) -> None:
    """As most would do it, and as the library does it when its own functions are switched on."""
    found = owner.execute("SELECT pg_get_functiondef('log.append'::regproc)").fetchone()
    assert found is not None
    statement: str = found[0]
    assert statement.count("base + event.place") == 1
    owner.execute("CREATE SEQUENCE log.positions")
    owner.execute(statement.replace("base + event.place", "nextval('log.positions')").encode())


@dataclass
class Tail:
    """What a reader saw who followed the log while others wrote it."""

    seen: list[int] = field(default_factory=list)
    written: int = 0
    collisions: int = 0
    missed: set[int] = field(default_factory=set)


def follow_while_written(database: str, vault: Vault, counts: Counts, seed: int, enough: Callable[[Tail], bool]) -> Tail:
    """Let writers append batches of many sizes, and one reader follow by position, until it is enough."""
    tail, stop = Tail(), threading.Event()

    def write(number: int) -> tuple[int, int]:
        dice = random.Random(seed + number)
        written = collisions = 0
        with connections.pool(database, 1) as pool:
            log = PostgresLog(pool, vault.personal_data)
            while not stop.is_set():
                product, events = Product.at(UUID(int=dice.getrandbits(128))), [ADDED] * dice.randint(1, 30)
                appended = log.append(batch({product: 0}, decided(new(product, 0, *events))))
                written += len(events) if isinstance(appended, Appended) else 0
                collisions += isinstance(appended, Conflict)
        return written, collisions

    def read(connection: Connection) -> None:
        last = tail.seen[-1] if tail.seen else 0
        query = "SELECT notification_id FROM log.events WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        tail.seen += [position for (position,) in connection.execute(query, [last, PAGE])]

    with connections.connect(database) as reader, ThreadPoolExecutor(counts.writers) as writers:
        writing = [writers.submit(write, number) for number in range(counts.writers)]
        try:
            while not enough(tail) and not any(each.done() for each in writing):
                read(reader)
        finally:
            stop.set()
        for each in writing:
            written, collisions = each.result()
            tail.written += written
            tail.collisions += collisions
        all_positions = {position for (position,) in reader.execute("SELECT notification_id FROM log.events")}
        while tail.seen[-1] < max(all_positions):
            read(reader)
    tail.missed = all_positions - set(tail.seen)
    return tail


def after(seconds: float) -> Callable[[Tail], bool]:
    end = time.monotonic() + seconds
    return lambda _: time.monotonic() > end


@pytest.mark.part_spine
@pytest.mark.timeout(600)
def test_who_follows_the_log_under_many_writers_misses_nothing(database: str, vault: Vault, counts: Counts, seed: int) -> None:
    tail = follow_while_written(database, vault, counts, seed, after(counts.writers_seconds))
    assert tail.written > counts.writers * 100
    assert tail.collisions == 0
    assert tail.missed == set()
    assert tail.seen == list(range(1, tail.written + 1))


def test_without_the_lock_writers_take_the_same_positions(
    database: str, vault: Vault, counts: Counts, seed: int, owner: Connection
) -> None:
    """The test above fails then: what one appended first, another is refused."""
    take_out_the_lock(owner)
    tail = follow_while_written(database, vault, counts, seed, after(1))
    assert tail.collisions > 0


def test_without_the_lock_and_with_positions_from_a_sequence_followers_miss_events(
    database: str, vault: Vault, counts: Counts, seed: int, owner: Connection
) -> None:
    """The test above would notice: a reader passes by what is committed behind his back."""
    take_out_the_lock(owner)
    take_positions_from_a_sequence(owner)
    passed_by = after(PATIENCE_SECONDS)

    def enough(tail: Tail) -> bool:
        # A gap that the reader has left behind is a miss, unless its writer failed; the end of the test tells.
        return passed_by(tail) or (len(tail.seen) > 1_000 and tail.seen[-1] > len(tail.seen))

    assert follow_while_written(database, vault, counts, seed, enough).missed


def deactivated_before_his_command_commits(log: PostgresLog, owner: Connection) -> Appended | Conflict:
    """A developer is deactivated in a transaction that is still open; a command on his authority is appended; then both end."""
    developer, app = Developer.at(uuid4()), App.at(uuid4())
    with ThreadPoolExecutor(1) as thread:
        with owner.transaction():
            owner.execute("SELECT log.lock()")
            insert = "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, recorded_at, principal)"
            owner.execute(
                f"{insert} VALUES (%s, 1, 'developer.deactivated.v1', '{{}}', 1000, clock_timestamp(), 'system')".encode(), [developer]
            )
            command = thread.submit(log.append, batch({developer: 0, app: 0}, decided(new(app, 0, CREATED))))
            waits = "SELECT count(*) FROM pg_locks WHERE relation = 'log.append_lock'::regclass AND NOT granted"
            while not command.done() and owner.execute(waits).fetchone() == (0,):
                time.sleep(0.01)
        return command.result(timeout=10)


def test_a_command_that_waited_for_the_lock_sees_what_happened_meanwhile(log: PostgresLog, owner: Connection) -> None:
    assert isinstance(deactivated_before_his_command_commits(log, owner), Conflict)


def test_without_the_lock_it_commits_on_an_authority_that_has_ended(log: PostgresLog, owner: Connection) -> None:
    take_out_the_lock(owner)
    assert isinstance(deactivated_before_his_command_commits(log, owner), Appended)


def test_two_who_decide_on_the_same_version_do_not_both_append(log: PostgresLog, counts: Counts) -> None:
    product = Product.at(uuid4())
    log.append(batch({product: 0}, decided(new(product, 0, ADDED))))
    changed = ProductChanged(name="Maps", description="new", category="geo", needs_approval=True)

    def race() -> int:
        won = 0
        for _ in range(counts.races // 4):
            version = log.load([product], []).histories[product].version
            appended = log.append(batch({product: version}, decided(new(product, version, changed))))
            won += isinstance(appended, Appended)
        return won

    with ThreadPoolExecutor(4) as racers:
        won = sum(each.result() for each in [racers.submit(race) for _ in range(4)])
    assert 0 < won < counts.races
    assert log.load([product], []).histories[product].version == 1 + won
