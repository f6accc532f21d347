"""Any history, on the real log: with the outcomes, and what a gateway would be told, that are committed with the events."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.local.postgres import LocalPostgres
from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault import MasterKey, Vault
from commands.executor import Executor
from commands.ports import Appended, Appending, Batch, Conflict, Loaded, Loading, Log
from commands.rotate_credential import RotateCredential
from domain.credential import CredentialKind
from domain.event import Event
from domain.state import Stream
from domain.stored_names import EVENT_NAMES
from readmodels.access import MAY_CALL, AccessAnswer, Asked, may_call_all
from tests import servers
from tests.commands.history.any_history import AnyHistory, walk
from tests.commands.history.choosing import APPS, HOUR, KEYS
from tests.commands.observed import Observed
from tests.commands.systems import Pair, in_turn
from tests.counts import Counts
from tests.examples import digest

EVENT_OF: Mapping[str, type[Event]] = {name: event for event, name in EVENT_NAMES.items()}
CLOCK = "clock_timestamp()"
ALL_MAY_CALL = MAY_CALL.replace(CLOCK, f"({CLOCK} + %(shift)s)")
"""The gateway's question, by a clock that tests can move."""


@dataclass
class Clock:
    """How far tests have moved the clock."""

    shift: timedelta = timedelta(0)


class Shifted:
    """A log whose clock is moved; all else is the real one's."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        loaded = self._log.load(streams, command_ids)
        return loaded._replace(now=loaded.now + self._clock.shift)

    def start_load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loading:
        future: Future[Loaded] = Future()
        future.set_result(self.load(streams, command_ids))
        return future

    def append(self, batch: Batch) -> Appended | Conflict:
        return self._log.append(batch)

    def start_append(self, batch: Batch) -> Appending:
        return self._log.start_append(batch)

    def locked(self) -> AbstractContextManager[Log]:
        raise AssertionError("nobody else is here to lose against")


class PostgresSystem:
    """Two workers' executors, each with what it remembers, on one fresh database."""

    def __init__(self, server: LocalPostgres, vault: Vault) -> None:
        self._open = ExitStack()
        url = self._open.enter_context(servers.fresh_database(server, "base"))
        pool = self._open.enter_context(connections.pool(url, size_max=2))
        self._connection = self._open.enter_context(connections.connect(url))
        self._clock = Clock()
        self.executors: Sequence[Executor] = [Executor(Shifted(PostgresLog(pool, vault.personal_data), self._clock)) for _ in range(2)]
        self.observed = Observed()
        self._seen = 0

    @property
    def now(self) -> datetime:
        (now,) = self._all("SELECT clock_timestamp()")[0]
        shifted: datetime = now + self._clock.shift
        return shifted

    def wait(self, time: timedelta) -> None:
        self._clock.shift += time

    def look(self) -> None:
        after = "SELECT notification_id, originator_id, topic, state FROM log.events WHERE notification_id > %s ORDER BY 1"
        for position, stream, topic, state in self._all(after, (self._seen,)):
            assert position == self._seen + 1
            self.observed.see(stream, EVENT_OF[topic].model_validate_json(state))
            self._seen = position

    def opened(self, asked: Collection[Pair]) -> set[Pair]:
        pairs = list(asked)
        question = replace(may_call_all([Asked(*pair) for pair in pairs]), text=ALL_MAY_CALL)
        rows = self._all(question.text, {**question.parameters, "shift": self._clock.shift})
        return {pair for pair, row in zip(pairs, rows, strict=True) if AccessAnswer(*row).reason is None}

    def close(self) -> None:
        """Compare what the log says of each command with its outcome: one effect each, whole, and where the outcome says."""
        try:
            effects = self._all(
                "SELECT command_id, count(*), max(notification_id) - min(notification_id) + 1, max(notification_id)"
                " FROM log.events GROUP BY command_id"
            )
            positions = dict(self._all("SELECT command_id, position FROM log.outcomes"))
            assert all(count == length for _, count, length, _ in effects)
            assert all(positions[command_id] == last for command_id, _, _, last in effects)
        finally:
            self._open.close()

    def _all(self, question: str, parameters: Any = None) -> list[tuple[Any, ...]]:  # noqa: ANN401 - psycopg's own parameter type
        return self._connection.execute(question.encode(), parameters).fetchall()


@pytest.mark.part_spine
def test_whatever_people_do_the_real_log_and_the_gateway_s_answers_keep_the_promises(
    migrated: LocalPostgres, vault_database: str, counts: Counts, seed: int
) -> None:
    with Vault(vault_database, MasterKey(bytes(range(32)))) as vault:

        class OnPostgres(AnyHistory):
            new_system = staticmethod(lambda: PostgresSystem(migrated, vault))

        run_state_machine_as_test(
            OnPostgres,
            settings=settings(
                max_examples=counts.machine_runs,
                stateful_step_count=counts.machine_steps,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
        for number in range(counts.machine_runs // 3):
            try:
                walk(OnPostgres(), random.Random(f"{seed} {number}"), counts.machine_steps * 2)
            except Exception as error:
                error.add_note(f"on walk {number} of seed {seed}")
                raise


def test_a_rotation_is_repeated_with_the_expiry_that_was_recorded_though_nobody_had_named_one(
    migrated: LocalPostgres, vault_database: str
) -> None:
    with Vault(vault_database, MasterKey(bytes(range(32)))) as vault:

        class OnPostgres(AnyHistory):
            new_system = staticmethod(lambda: PostgresSystem(migrated, vault))

        machine = OnPostgres()
        machine.begin(1, in_turn)
        app, old, new = APPS[0], KEYS[4], KEYS[5]
        machine.send(machine._new_key(app, old, HOUR, CredentialKind.API_KEY))
        rotate = RotateCredential(app_id=app, credential_id=old, successor_id=new, secret_digest=digest(new), overlap=2 * HOUR)
        machine.send(rotate)
        for shown in (machine.model.world.keys[new].expires, machine.system.observed.times[new].expires):
            machine.send(rotate.model_copy(update={"expires_at": shown}))
        assert [outcome.code for _, outcome in machine.done[-3:]] == [None] * 3
        machine.teardown()


def test_the_gateway_s_question_is_changed_in_its_clock_only() -> None:
    assert MAY_CALL.count(CLOCK) == 1
