"""Occasions become notices: who is told, by which channels, and when. Recorded once, and never asked again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import psycopg

from adapters.logging import log_commands
from adapters.postgres.questions import answer
from adapters.workers.our_line import our_line
from adapters.workers.states import States, load_states
from adapters.workers.telling_whom import Telling, streams_of, teams_of, telling
from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import OutcomeKind
from commands.ports import Log
from commands.principal import SYSTEM
from commands.raise_notice import Addressed, RaiseNotice
from domain.limits import NOTICES_PER_COMMAND_MAX
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Preferences, Timing
from domain.webhook import Webhooks
from readmodels.notices import BEFORE_ALL, DueOccasion, doers_of, occasions_due

BATCH_MAX: Final = 100
"""Occasions told together: each reads its app, and each recipient's preferences and webhooks."""
NAME: Final = "notice.raise.v1"

Connection = psycopg.Connection[Any]


class Raising:
    """Notes what is due, page by page."""

    def __init__(self, log: Log, executor: Executor, *, mails: bool, gather: timedelta) -> None:
        self._log = log
        self._executor = executor
        self._mails = mails
        self._gather = gather
        self._answered: set[UUID] = set()
        """Occasions that were noted, and whose rows go away as soon as the follower has seen it."""
        self._attempts: Counter[UUID] = Counter()

    def raise_what_is_due(self, connection: Connection) -> None:
        """Tell of all that is due and was not told. Raises LogUnavailable, psycopg.Error."""
        seen: set[UUID] = set()
        after = BEFORE_ALL
        while page := answer(connection, occasions_due(after, limit=BATCH_MAX)):
            seen.update(each.occasion_id for each in page)
            self._raise(connection, [each for each in page if each.occasion_id not in self._answered])
            after = page[-1]
            if len(page) < BATCH_MAX:
                break
        self._answered &= seen

    def _raise(self, connection: Connection, rows: Sequence[DueOccasion]) -> None:
        if not rows:
            return
        states = load_states(self._log, (stream for each in rows for stream in streams_of(each)))
        states = states.with_more(load_states(self._log, (stream for each in rows for stream in teams_of(each, states))))
        doers = {(each.stream, each.version): each for each in answer(connection, doers_of([(row.stream, row.version) for row in rows]))}
        tellings = [telling(row, states, doers.get((row.stream, row.version))) for row in rows]
        recipients = {recipient for each in tellings for recipient in each.recipients}
        wishes = load_states(self._log, (kind.at(each) for each in recipients for kind in (Preferences, Webhooks)))
        envelopes = [self._envelope(each, wishes) for each in tellings]
        outcomes = [outcome for some in _in_short_transactions(envelopes) for outcome in self._executor.execute(some)]
        log_commands(map(our_line, envelopes, outcomes))
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.kind is OutcomeKind.COMMAND_ID_REUSED:  # Somebody else has used it up.
                self._attempts[row.occasion_id] += 1
            else:
                self._answered.add(row.occasion_id)
                self._attempts.pop(row.occasion_id, None)

    def _envelope(self, told: Telling, wishes: States) -> Envelope:
        """The command. It is known again by the occasion alone: whom it would be told to the next time does not count."""
        row = told.occasion
        kind = NoticeKind(row.kind)
        to = [each for recipient in told.recipients for each in self._channels(recipient, kind, wishes, row.due_at)]
        command = RaiseNotice(occasion_id=row.occasion_id, kind=kind, concerns=row.concerns, about=told.about, to=tuple(to))
        again = self._attempts[row.occasion_id]
        command_id = uuid5(row.occasion_id, f"{NAME}\n{again}" if again else NAME)
        digest = hashlib.sha256(f"{NAME}\n{row.occasion_id}".encode()).digest()
        return Envelope(command_id, NAME, command, SYSTEM, digest, causation_id=str(row.occasion_id))

    def _channels(self, recipient: UUID, kind: NoticeKind, wishes: States, happened_at: datetime) -> list[Addressed]:
        preferences = wishes.of(Preferences, recipient)
        at_once = happened_at.astimezone(UTC)
        to: list[Addressed] = []
        if preferences.timing(kind, Channel.INBOX) is not Timing.OFF:
            to.append(Addressed(recipient_id=recipient, channel=Channel.INBOX, due_at=at_once))
        timing = preferences.timing(kind, Channel.EMAIL)
        if self._mails and timing is not Timing.OFF:
            due_at = preferences.next_digest(wishes.now) if timing is Timing.DAILY else wishes.now + self._gather
            to.append(Addressed(recipient_id=recipient, channel=Channel.EMAIL, due_at=due_at))
        if preferences.timing(kind, Channel.WEBHOOK) is not Timing.OFF:
            to += [
                Addressed(recipient_id=recipient, channel=Channel.WEBHOOK, webhook_id=webhook_id, due_at=at_once)
                for webhook_id, endpoint in wishes.of(Webhooks, recipient).living.items()
                if endpoint.wants(kind)
            ]
        return to


def _in_short_transactions(envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """So many together that others need not wait long for the log: one occasion of a full team makes more events than a hundred others."""
    together: list[Envelope] = []
    notices = 0
    for each in envelopes:
        command = each.command
        many = len(command.to) if isinstance(command, RaiseNotice) else 0
        if together and notices + many > NOTICES_PER_COMMAND_MAX:
            yield together
            together, notices = [], 0
        together.append(each)
        notices += many
    if together:
        yield together
