"""What was sent is recorded at once; what could not be recorded is remembered, so that this process never repeats it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from adapters.logging import log_commands
from adapters.workers.our_line import our_line
from commands.command import Command, Envelope
from commands.executor import Executor
from commands.outcome import OutcomeKind
from commands.principal import SYSTEM
from commands.record_delivery import RecordDelivery
from commands.record_failure import Attempt, RecordFailure
from domain.limits import NOTICE_ATTEMPTS_MAX
from readmodels.deliveries import DueDelivery

MESSAGES: Final = UUID("2f6c1b9a-7d43-5e0b-8c1d-94a7e3b0d5f2")
"""The namespace of messages' ids. Never change it: a mail that is sent twice is told by its id."""
WAIT_SECONDS_MAX: Final = 12 * 3600
WAIT_FACTOR: Final = 5
JITTER: Final = 0.2
"""Each pause is up to a fifth shorter or longer, so that what failed together does not come back together."""
DELIVERED: Final = "notice.record_delivery.v1"
FAILED: Final = "notice.record_failure.v1"


def message_id(notices: Sequence[DueDelivery]) -> UUID:
    """Name the message that carries these: the same after a crash, another one where somebody asked for them again."""
    return uuid5(MESSAGES, "\n".join(sorted(f"{each.notice_id} {each.requeued}" for each in notices)))


class _Settled(NamedTuple):
    """What a row asked for and was done, and the place in the log where that is recorded; none while it could not be."""

    mark: int
    position: int | None = None


class Recording:
    """Records outcomes. One thread at a time."""

    def __init__(self, executor: Executor, first_wait: timedelta) -> None:
        self._executor = executor
        self._first_wait = first_wait
        self._unrecorded: list[tuple[Envelope, Sequence[UUID]]] = []
        self._settled: dict[UUID, _Settled] = {}
        """Notices whose outcome is known here, and whose rows the follower may not have changed yet."""

    def is_settled(self, notice: DueDelivery) -> bool:
        """Whether what the row asks for was done already."""
        settled = self._settled.get(notice.notice_id)
        return settled is not None and settled.mark == _mark(notice)

    def forget_up_to(self, position: int) -> None:
        """Forget what the follower has seen: rows that are read from here on say it themselves."""
        self._settled = {
            each: settled for each, settled in self._settled.items() if settled.position is None or settled.position > position
        }

    def delivered(self, notices: Sequence[DueDelivery]) -> None:
        """Record that a message has taken these along. Raises LogUnavailable; then it is done later."""
        message = message_id(notices)
        command = RecordDelivery(message_id=message, notices=tuple(each.notice_id for each in notices))
        self._record(notices, DELIVERED, command, uuid5(message, DELIVERED))

    def failed(self, notices: Sequence[DueDelivery], reason: str, *, for_good: bool) -> None:
        """Record that these could not be delivered. Raises LogUnavailable; then it is done later."""
        message = message_id(notices)
        attempts = tuple(
            Attempt(
                notice_id=each.notice_id,
                attempt=min(each.attempts + 1, NOTICE_ATTEMPTS_MAX),
                wait=None if for_good else self._wait(each),
            )
            for each in notices
        )
        command = RecordFailure(message_id=message, notices=attempts, reason=reason)
        self._record(notices, FAILED, command, uuid5(message, f"{FAILED}\n{[each.attempt for each in attempts]}"))

    def catch_up(self) -> None:
        """Record what could not be recorded before. Raises LogUnavailable."""
        while self._unrecorded:
            envelope, notices = self._unrecorded[0]
            (outcome,) = self._executor.execute([envelope])
            log_commands([our_line(envelope, outcome)])
            if outcome.kind is OutcomeKind.COMMAND_ID_REUSED:  # Somebody else has used it up: another one has the same effect.
                self._unrecorded[0] = envelope._replace(command_id=uuid5(envelope.command_id, "again")), notices
                continue
            self._unrecorded.pop(0)
            for each in notices:
                self._settled[each] = self._settled[each]._replace(position=outcome.position)

    def _record(self, notices: Sequence[DueDelivery], name: str, command: Command, command_id: UUID) -> None:
        digest = hashlib.sha256(f"{name}\n{command_id}".encode()).digest()
        self._unrecorded.append((Envelope(command_id, name, command, SYSTEM, digest), [each.notice_id for each in notices]))
        self._settled.update((each.notice_id, _Settled(_mark(each))) for each in notices)
        self.catch_up()

    def _wait(self, notice: DueDelivery) -> timedelta:
        seconds = min(self._first_wait.total_seconds() * WAIT_FACTOR**notice.attempts, WAIT_SECONDS_MAX)
        dice = uuid5(notice.notice_id, f"wait {notice.attempts}").int % 1000 / 1000
        return timedelta(seconds=seconds * (1 - JITTER + 2 * JITTER * dice))


def _mark(notice: DueDelivery) -> int:
    """Changes with every outcome of a notice."""
    return notice.requeued * 1_000 + notice.attempts
