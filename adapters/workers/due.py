"""What falls due becomes an ordinary command, by the database's clock; its id follows from the row, so that a repeat changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC
from typing import Final
from uuid import UUID, uuid5

from adapters.logging import log_commands
from adapters.postgres.questions import answer
from adapters.workers.background import LOOK_SECONDS, Background, Connection
from adapters.workers.our_line import our_line
from commands.catalogue import NAME_OF
from commands.command import Command, Envelope
from commands.end_overlap import EndOverlap
from commands.executor import Executor
from commands.expire_credential import ExpireCredential
from commands.miss_rotation import MissRotation
from commands.outcome import Outcome, OutcomeKind
from commands.principal import SYSTEM
from commands.suspend_app import OWNER_DEACTIVATED, SuspendApp
from readmodels.todo import BEFORE_ALL, END_OVERLAP, EXPIRE, MISS_ROTATION, SUSPEND, Due, due_now, next_due

BATCH_MAX: Final = 200
"""Commands decided and committed together."""

COMMANDS: Final[Mapping[str, Callable[[Due], Command]]] = {
    EXPIRE: lambda due: ExpireCredential(app_id=due.app_id, credential_id=due.target_id),
    END_OVERLAP: lambda due: EndOverlap(app_id=due.app_id, credential_id=due.target_id),
    MISS_ROTATION: lambda due: MissRotation(app_id=due.app_id, credential_id=due.target_id),
    SUSPEND: lambda due: SuspendApp(app_id=due.app_id, reason=OWNER_DEACTIVATED),
}


def command_id(due: Due, attempt: int = 0) -> UUID:
    """Name the command that a row becomes: the same after every rebuild, in every process."""
    again = f"\n{attempt}" if attempt else ""
    return uuid5(due.event_id, f"{due.reaction}\n{due.target_id}\n{due.due_at.astimezone(UTC).isoformat()}{again}")


def envelope(due: Due, attempt: int = 0) -> Envelope:
    """Make the command that a row becomes, from the system itself."""
    command = COMMANDS[due.reaction](due)
    name = NAME_OF[type(command)]
    digest = hashlib.sha256(f"{name}\n{command.model_dump_json()}".encode()).digest()
    return Envelope(command_id(due, attempt), name, command, SYSTEM, digest, causation_id=str(due.event_id))


class DueWorker(Background):
    """Sends what is due. Two at once harm nothing: each command has one effect, whoever sends it."""

    def __init__(self, url: str, executor: Executor, batch_max: int = BATCH_MAX) -> None:
        super().__init__(url, "due")
        self._executor = executor
        self._batch_max = batch_max
        self._answered: set[Due] = set()
        """Rows that have their outcome, and go away as soon as the follower has seen it."""
        self._attempts: Counter[Due] = Counter()

    def session(self, connection: Connection) -> None:
        """Send what is due, again and again. Raises LogUnavailable, psycopg.Error."""
        while not self.is_stopping:
            self.send_what_is_due(connection)
            self.all_is_well()
            (coming,) = answer(connection, next_due())
            waits = LOOK_SECONDS if coming.seconds is None or coming.seconds <= 0 else min(coming.seconds, LOOK_SECONDS)
            self.wait_for(connection, "todo", seconds=waits)

    def send_what_is_due(self, connection: Connection) -> None:
        """Send a command for each row that is due and has no outcome yet. Raises LogUnavailable, psycopg.Error."""
        seen: set[Due] = set()
        after = BEFORE_ALL
        while page := answer(connection, due_now(after, limit=self._batch_max)):
            seen.update(page)
            self._send([due for due in page if due not in self._answered])
            after = page[-1]
            if len(page) < self._batch_max or self.is_stopping:
                break
        self._forget(seen)

    def _send(self, rows: Sequence[Due]) -> None:
        if not rows:
            return
        envelopes = [envelope(due, self._attempts[due]) for due in rows]
        outcomes = self._executor.execute(envelopes)
        log_commands(map(our_line, envelopes, outcomes))
        for due, outcome in zip(rows, outcomes, strict=True):
            if _id_is_lost(outcome):
                self._attempts[due] += 1
            else:
                self._answered.add(due)

    def _forget(self, seen: Collection[Due]) -> None:
        """Keep what is remembered of rows that are still there."""
        self._answered.intersection_update(seen)
        self._attempts = Counter({due: count for due, count in self._attempts.items() if due in seen})


def _id_is_lost(outcome: Outcome) -> bool:
    """Whether the id can never bring the effect: the clock went back since it was asked, or somebody else has used it up."""
    return outcome.kind is OutcomeKind.COMMAND_ID_REUSED or outcome.code == "not_due"
