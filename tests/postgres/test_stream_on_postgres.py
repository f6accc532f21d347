"""Streams of batches side by side on the real log, with duplicates, reused ids, outages and streams that are left half-way: one effect each."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault import MasterKey, Vault
from commands.command import Command, Envelope
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.ports import LogUnavailable
from commands.reinstate_app import ReinstateApp
from commands.remove_products import RemoveProducts
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from domain.stored_names import EVENT_NAMES
from tests.examples import ALSO_FREE, FREE, GUARDED, OWNER, SCENE, STRANGER, an_id, ask, create, issue
from tests.given import ADMIN, by, sender
from tests.memory_log import MemoryLog

MASTER = bytes(range(32))
STREAMS = 4
COMMANDS = 240
"""Of few apps, so that nearly every batch meets another one."""
APPS = [an_id(f"app {n}") for n in range(3)]
KEYS = [an_id(f"key {n}") for n in range(6)]
OUTAGES = 6
OUTAGE_SECONDS = 0.15
PROCESSES = 3
KINDS = {OutcomeKind.ACCEPTED, OutcomeKind.REFUSED, OutcomeKind.COMMAND_ID_REUSED}
IN_ORDER = """
SELECT command_id, digest, kind, code, position FROM log.outcomes
ORDER BY recorded_at, position, EXISTS (SELECT FROM log.events WHERE events.command_id = outcomes.command_id) DESC
"""
"""As they were decided: what has no events stands after whatever it saw, and among each other such commands can't tell."""
Told = list[tuple[UUID, bytes, Outcome]]
"""What senders were told: of which command id, with which content."""


def scene() -> list[Envelope]:
    return [by(sender(each), each, command_id=an_id(f"scene {n}")).envelope() for n, each in enumerate(SCENE)]


def a_command(dice: random.Random) -> Command:
    app = dice.choice(APPS)
    return dice.choice(
        (
            lambda: create(*dice.sample([FREE, GUARDED], dice.randint(0, 2)), app_id=app, name=dice.choice(("Rain", "Sun"))),
            lambda: EditApp(app_id=app, description=str(dice.randint(0, 3))),
            lambda: EditApp(app_id=app, name=dice.choice(("rain", "Snow", "Sun"))),
            lambda: SetAttributes(app_id=app, attributes={"a": str(dice.randint(0, 3))}),
            lambda: ask(dice.choice((FREE, ALSO_FREE, GUARDED)), app_id=app),
            lambda: RemoveProducts(app_id=app, products=(dice.choice((FREE, ALSO_FREE, GUARDED)),)),
            lambda: issue(dice.choice(KEYS), app_id=app),
            lambda: RevokeCredential(app_id=app, credential_id=dice.choice(KEYS), reason="leaked"),
            lambda: SuspendApp(app_id=app, reason="abuse"),
            lambda: ReinstateApp(app_id=app),
            lambda: DeleteApp(app_id=app) if dice.random() < 0.2 else EditApp(app_id=app, description="new"),
        )
    )()


def some_commands(seed: int) -> list[Envelope]:
    """Commands by their owner, a stranger and an admin; every tenth id serves another request as well."""
    dice = random.Random(seed)
    found: dict[tuple[UUID, bytes], Envelope] = {}
    for number in range(COMMANDS):
        for _ in range(2 if number % 10 == 0 else 1):
            command = a_command(dice)
            who = sender(command) if dice.random() < 0.9 else STRANGER
            sent = by(ADMIN if sender(command) == OWNER and dice.random() < 0.1 else who, command, command_id=an_id(f"c{number}"))
            envelope = sent.envelope()
            found.setdefault((envelope.command_id, envelope.digest), envelope)  # The same content twice is one request, of one sender.
    return list(found.values())


def some_batches(envelopes: Sequence[Envelope], seed: int) -> list[list[Envelope]]:
    """Three quarters of all commands, in an order of its own, some again at once and some in the next batch; empty batches between."""
    dice = random.Random(seed)
    chosen = [each for each in envelopes if dice.random() < 0.75]
    dice.shuffle(chosen)
    batches: list[list[Envelope]] = []
    while chosen:
        batch = [chosen.pop() for _ in range(min(len(chosen), dice.randint(1, 12)))]
        batch += dice.sample(batch, dice.randint(0, 1))
        if batches and batches[-1]:
            batch.append(dice.choice(batches[-1]))
        batches.append(batch)
        if dice.random() < 0.2:
            batches.append([])
    return batches


def stream_all(executor: Executor, batches: Sequence[Sequence[Envelope]], dice: random.Random) -> Told:
    """Stream until every batch has its outcomes: what is lost in an outage or left half-way comes again."""
    told: Told = []
    left = list(batches)
    while left:
        try:
            with closing(executor.stream(list(left))) as stream:  # type: ignore[type-var] # a generator
                for outcomes in stream:
                    batch = left.pop(0)
                    told += [(each.command_id, each.digest, outcome) for each, outcome in zip(batch, outcomes, strict=True)]
                    if dice.random() < 0.1:
                        break
        except LogUnavailable:
            time.sleep(0.05)
    return told


def stream_side_by_side(database: str, vault_database: str, seed: int, first: int, streams: int) -> Told:
    """Let some executors stream at once, each in a thread, all on one log."""
    envelopes = some_commands(seed)
    with Vault(vault_database, MasterKey(MASTER)) as vault, connections.pool(database, 2 * streams) as pool:
        log = PostgresLog(pool, vault.personal_data)

        def one(number: int) -> Told:
            return stream_all(Executor(log), some_batches(envelopes, seed + number), random.Random(seed - number))

        with ThreadPoolExecutor(streams) as threads:
            told = [each for part in threads.map(one, range(first, first + streams)) for each in part]
        assert_all_given_back(pool)
        return told


def assert_all_given_back(pool: Any) -> None:  # noqa: ANN401 - a pool of any connections
    until = time.monotonic() + 5
    while (stats := pool.get_stats())["pool_available"] < stats["pool_size"]:
        assert time.monotonic() < until, f"connections leaked: {stats}"
        time.sleep(0.02)


def look(connection: psycopg.Connection[Any], question: str) -> list[tuple[Any, ...]]:
    return connection.execute(question.encode()).fetchall()


def assert_one_effect_each(connection: psycopg.Connection[Any], envelopes: Sequence[Envelope], told: Told) -> set[OutcomeKind]:
    """Compare what senders were told with the outcomes, and the log with one command after the other on a log in memory."""
    events = look(connection, "SELECT notification_id, originator_id, originator_version, topic FROM log.events ORDER BY 1")
    assert [position for position, *_ in events] == list(range(1, len(events) + 1))
    versions: defaultdict[str, int] = defaultdict(int)
    for _, stream, version, _ in events:
        versions[stream] += 1
        assert version == versions[stream]
    kept = look(connection, IN_ORDER)
    content = {(each.command_id, each.digest): each for each in envelopes}
    alone = MemoryLog()
    for command_id, digest, *outcome in kept:
        (again,) = Executor(alone).execute([content[command_id, digest]])
        assert [again.kind, again.code, again.position] == outcome
    assert [(new.stream, new.version, EVENT_NAMES[type(new.event)]) for new in alone.appended] == [tuple(each) for _, *each in events]
    first = {command_id: (digest, kind, code, position) for command_id, digest, kind, code, position in kept}
    for command_id, digest, answer in told:
        if first[command_id][0] == digest:
            assert (digest, answer.kind, answer.code, answer.position) == first[command_id]
        else:
            assert answer.kind is OutcomeKind.COMMAND_ID_REUSED
    assert first.keys() == {each.command_id for each in scene()} | {command_id for command_id, _, _ in told}
    return {answer.kind for _, _, answer in told}


@pytest.fixture
def begun(database: str, vault: Vault) -> str:
    """A log in which there are people and products."""
    with connections.pool(database, 1) as pool:
        outcomes = Executor(PostgresLog(pool, vault.personal_data)).execute(scene())
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    return database


def cut(owner: psycopg.Connection[Any], stop: threading.Event) -> int:
    """Cut every connection of ours now and then; return how many were cut."""
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'launchpad'"
    return sum(len(look(owner, ours)) for _ in range(OUTAGES) if not stop.wait(OUTAGE_SECONDS))


def test_streams_in_threads_give_each_command_one_effect_and_everybody_the_same_answer(
    begun: str, vault_database: str, owner: psycopg.Connection[Any], seed: int
) -> None:
    told = stream_side_by_side(begun, vault_database, seed, 1, STREAMS)
    assert assert_one_effect_each(owner, scene() + some_commands(seed), told) == KINDS


def test_so_they_do_while_connections_are_cut(begun: str, vault_database: str, owner: psycopg.Connection[Any], seed: int) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as outages:
        cutting = outages.submit(cut, owner, stop)
        try:
            told = stream_side_by_side(begun, vault_database, seed, 1, STREAMS)
        finally:
            stop.set()
        assert cutting.result() > 0
    assert_one_effect_each(owner, scene() + some_commands(seed), told)


def test_so_they_do_in_processes_of_their_own(begun: str, vault_database: str, owner: psycopg.Connection[Any], seed: int) -> None:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as workers:
        asked = [(begun, vault_database, seed, 1 + 2 * number, 2) for number in range(PROCESSES)]
        told = [each for part in workers.starmap(stream_side_by_side, asked) for each in part]
    assert assert_one_effect_each(owner, scene() + some_commands(seed), told) == KINDS
