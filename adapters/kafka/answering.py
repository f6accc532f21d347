"""From outcomes to what goes out: a reply to each command, and to quarantine what could not be read or carried out."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from typing import Final

import structlog

from adapters.intake import NOT_JSON, Request
from adapters.kafka.messages import Message
from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.quarantine import quarantined
from adapters.kafka.replies import Replies
from adapters.taking import Taker
from commands.outcome import Outcome, OutcomeKind
from commands.ports import LogUnavailable

ATTEMPTS_MAX: Final = 3
"""A fault that three tries in a row meet is a bug, and will meet the fourth."""

log = structlog.get_logger()


class Answering:
    """Makes what goes out for a batch."""

    def __init__(self, taker: Taker, replies: Replies, quarantine_partitions: int) -> None:
        self._taker = taker
        self._replies = replies
        self._partitions = quarantine_partitions

    def of(self, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> list[Outgoing]:
        """The replies of a batch whose requests have these outcomes."""
        self._replies.begin()
        left = iter(outcomes)
        outgoing: list[Outgoing] = []
        for message in messages:
            if message.request is not None:
                outgoing += self._answer(message, next(left))
            else:
                outgoing += self._unread(message)
        return outgoing

    def one_by_one(self, messages: Sequence[Message]) -> list[Outgoing]:
        """Take each request by itself; one that meets a fault of ours each time goes to quarantine. Raises LogUnavailable."""
        self._replies.begin()
        outgoing: list[Outgoing] = []
        for message in messages:
            if message.request is None:
                outgoing += self._unread(message)
                continue
            outcome = self._alone(message.request)
            if outcome is None:
                outgoing.append(quarantined(message.record, "a fault of the server", ATTEMPTS_MAX, self._partitions))
                sentence = "a fault of the server kept this command from being carried out; it was put aside, and its id is not used up"
                outcome = Outcome(message.command_id, OutcomeKind.INVALID, code="quarantined", sentence=sentence)
            outgoing += self._answer(message, outcome)
        return outgoing

    def note(self, bug: Exception) -> None:
        """Log where a bug showed. Not what it says: that may quote what a sender wrote."""
        place = traceback.extract_tb(bug.__traceback__)[-1]
        log.error("fault", kind=type(bug).__name__, file=place.filename.rpartition("/")[2], line=place.lineno, function=place.name)

    def _alone(self, request: Request) -> Outcome | None:
        for _ in range(ATTEMPTS_MAX):
            try:
                (outcome,) = self._taker.take([request])
            except LogUnavailable:
                raise
            except Exception as bug:  # noqa: BLE001 - a bug in one command must not keep the others waiting
                self.note(bug)
            else:
                return outcome
        return None

    def _answer(self, message: Message, outcome: Outcome) -> Iterator[Outgoing]:
        if outcome.code == NOT_JSON:
            yield self._put_aside(message, outcome.errors[0].reason)
        yield self._replies.reply(message, outcome)

    def _unread(self, message: Message) -> Iterator[Outgoing]:
        yield self._put_aside(message, message.sentence)
        if message.command_id is not None:
            sentence = "the message could not be read; the errors say why, and it was put aside"
            yield self._replies.reply(
                message, Outcome(message.command_id, OutcomeKind.INVALID, code="invalid", sentence=sentence, errors=message.errors)
            )

    def _put_aside(self, message: Message, reason: str) -> Outgoing:
        record = message.record
        log.warning(
            "quarantined",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
            id=message.command_id,
        )
        return quarantined(record, reason, 1, self._partitions)
