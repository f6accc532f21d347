"""Who takes part when a bulk run is measured: the worker as in `launchpad react`, the executor beside it, and one who revokes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from adapters.collector import relax_collector
from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.following import Follower
from adapters.postgres.questions import answer
from adapters.settings import Settings
from adapters.workers.bulk import BulkWorker, fills_bulk
from adapters.workers.bulk_pace import Pace
from bench.memory import resident_megabytes
from bench.mix import Person, people, request
from commands.catalogue import NAME_OF
from commands.command import Command, Envelope
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import Role, person
from commands.start_bulk_run import StartBulkRun
from commands.suspend_app import SuspendApp
from domain.bulk_order import BulkAction
from domain.limits import APP_CREDENTIALS_MAX
from launchpad_client.keys import make_credential
from readmodels.bulk import ShownRun, one_run

LOOK_SECONDS: Final = 0.05
BATCH: Final = 100
PAUSE_SECONDS: Final = 0.05
"""Between two revocations: somebody who revokes is no load of his own."""
ADMIN: Final = person(UUID("0a000000-0000-4000-8000-00000000b01c"), frozenset({Role.PORTAL_ADMIN}))


class Listed(NamedTuple):
    """A list that was made."""

    bulk_id: UUID
    targets: int
    seconds: float


class Turn(NamedTuple):
    """What was done in one turn, and how many MB the worker's process had after it."""

    over: bool
    done: int
    seconds: float
    megabytes: float


class BulkRuns:
    """Makes lists and carries them out, in a process of its own with the follower beside it, as `launchpad react` does.

    It takes turns when it is told to, so that others can be measured in between, under the same load.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        relax_collector()
        self._launchpad = launchpad = Launchpad(settings)
        self._connection = connect(settings.database)
        self._follower = Follower(settings.database, fills_bulk(EventCodec(launchpad.vault.personal_data))).start()
        self._worker = BulkWorker(settings.database, launchpad.pool, launchpad.log)
        self._executor = Executor(launchpad.log)
        self._done = 0
        self._worker.running.pace = Counting(self._count)

    def make_list(self, created_before: datetime) -> Listed:
        """Ask for the suspension of all that is older; seconds until its list can be looked at."""
        bulk_id = uuid4()
        criteria = Criteria(created_before=created_before)
        begun = time.perf_counter()
        self._send(PrepareBulkRun(bulk_id=bulk_id, action=BulkAction.SUSPEND, criteria=criteria, reason="measured"))
        while not (found := answer(self._connection, one_run(bulk_id))) or found[0].status == "preparing":
            if found:
                self._worker.work_once(self._connection)
            time.sleep(LOOK_SECONDS)
        return Listed(bulk_id, found[0].would_do, time.perf_counter() - begun)

    def start(self, bulk_id: UUID) -> None:
        """Start it; its turns are told."""
        self._send(StartBulkRun(bulk_id=bulk_id))

    def turn(self, bulk_id: UUID, seconds: float) -> Turn:
        """Carry it out for so long, or to its end."""
        self._done = 0
        begun = time.perf_counter()
        over = self._worker.running.carry_out(bulk_id, lambda: time.perf_counter() - begun > seconds)
        return Turn(over, self._done, time.perf_counter() - begun, resident_megabytes())

    def shown(self, bulk_id: UUID) -> ShownRun:
        """The run as it is shown when it is over."""
        while (run := answer(self._connection, one_run(bulk_id))[0]).status != "finished":
            time.sleep(LOOK_SECONDS)
        return run

    def close(self) -> None:
        """Stop, and give back connections."""
        self._follower.stop()
        self._connection.close()
        self._launchpad.close()

    def _send(self, command: Command) -> None:
        _must_be_accepted(self._executor.execute([envelope(command)]))

    def _count(self, count: int) -> None:
        self._done += count


class Counting(Pace):
    """The pace, which tells how many it has seen go by."""

    def __init__(self, count: Callable[[int], None]) -> None:
        super().__init__()
        self._count = count

    def took(self, count: int, seconds: float) -> None:
        """Count, and learn."""
        self._count(count)
        super().took(count, seconds)


class Suspends:
    """The executor on the same kind of commands: batches of a hundred, each decided while the one before is committed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        relax_collector()
        self._launchpad = Launchpad(settings)
        self._executor = Executor(self._launchpad.log)

    def suspend(self, apps: Sequence[UUID]) -> float:
        """Suspend these; returns how many a second. The commands were made before."""
        left = iter([envelope(SuspendApp(app_id=app_id, reason="measured")) for app_id in apps])

        def batches() -> Iterator[Sequence[Envelope]]:
            while batch := list(islice(left, BATCH)):
                yield batch

        begun = time.perf_counter()
        for outcomes in self._executor.stream(batches()):
            _must_be_accepted(outcomes)
        return len(apps) / (time.perf_counter() - begun)

    def close(self) -> None:
        """Give back connections."""
        self._launchpad.close()


class Revokes:
    """An owner who revokes his keys, one after the other, while a bulk run goes on; his token is verified as anybody's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        self._launchpad = Launchpad(settings)
        self._taker = self._launchpad.taker()
        self._connection = connect(settings.database)
        self._owner: Person = people(settings, 1).owners[0]

    def revoke_during(self, bulk_id: UUID) -> list[float]:
        """Revoke until the run is over; milliseconds to each acknowledgement."""
        milliseconds: list[float] = []
        while not self._is_over(bulk_id):
            app_id = uuid4()
            created = {"app_id": app_id, "owner": {"kind": "developer", "id": self._owner.id}, "name": f"{app_id}"}
            keys = [UUID(hex=make_credential("api_key", "live", uuid4()).key_id) for _ in range(APP_CREDENTIALS_MAX)]
            digest = "0" * 64
            issued = [{"app_id": app_id, "credential_id": key, "kind": "api_key", "secret_digest": digest} for key in keys]
            self._take(
                request("app.create.v1", self._owner, created), *(request("credential.issue.v1", self._owner, each) for each in issued)
            )
            for key in keys:
                sent = request("credential.revoke.v1", self._owner, {"app_id": app_id, "credential_id": key, "reason": "leaked"})
                begun = time.perf_counter()
                self._take(sent)
                milliseconds.append(1_000 * (time.perf_counter() - begun))
                time.sleep(PAUSE_SECONDS)
        return milliseconds

    def close(self) -> None:
        """Give back connections."""
        self._connection.close()
        self._launchpad.close()

    def _is_over(self, bulk_id: UUID) -> bool:
        found = answer(self._connection, one_run(bulk_id))
        return bool(found) and found[0].status == "finished"

    def _take(self, *requests: Any) -> None:  # noqa: ANN401 - requests of the mix
        _must_be_accepted(self._taker.take(list(requests)))


def envelope(command: Command) -> Envelope:
    """A command of an admin's."""
    return Envelope(uuid4(), NAME_OF[type(command)], command, ADMIN, b"")


def _must_be_accepted(outcomes: Sequence[Outcome]) -> None:
    if any(outcome.kind is not OutcomeKind.ACCEPTED for outcome in outcomes):
        raise RuntimeError(f"not accepted: {outcomes}")
