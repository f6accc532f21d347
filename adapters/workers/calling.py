"""Webhook requests: several receivers at once, so that a slow one holds up nobody else; each is recorded as soon as it is answered."""

from __future__ import annotations

import ssl
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
import psycopg

from adapters.postgres.questions import answer
from adapters.settings import Settings
from adapters.vault.vault import Vault
from adapters.webhooks.addresses import NotAllowed, Unresolved, place_of
from adapters.webhooks.posting import NotDelivered, post
from adapters.webhooks.signing import headers, secret_name
from adapters.workers.recording import Recording
from adapters.workers.states import load_states
from commands.ports import Log, LogUnavailable
from domain.webhook import Endpoint, Webhooks
from readmodels.deliveries import DueDelivery, requests_due

REQUESTS_PER_ROUND_MAX: Final = 100
REQUESTS_OF_EACH_MAX: Final = 10
RECEIVERS_AT_ONCE: Final = 8
"""Threads that mostly wait."""

Connection = psycopg.Connection[Any]


class Called(NamedTuple):
    """What came of one request; an error is none where it was taken."""

    notice: DueDelivery
    error: str | None
    for_good: bool = False


class Calling:
    """Sends the webhook requests that are due."""

    def __init__(self, settings: Settings, log: Log, vault: Vault, recording: Recording, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._log = log
        self._vault = vault
        self._recording = recording
        self._context = context

    def send_what_is_due(self, connection: Connection) -> None:
        """Send them. Raises LogUnavailable, psycopg.Error."""
        found = answer(connection, requests_due(each=REQUESTS_OF_EACH_MAX, limit=REQUESTS_PER_ROUND_MAX))
        waiting = [each for each in found if not self._recording.is_settled(each)]
        if waiting:
            self._call(waiting)

    def _call(self, waiting: Sequence[DueDelivery]) -> None:
        states = load_states(self._log, (Webhooks.at(each.recipient_id) for each in waiting))
        by_receiver: dict[UUID | None, list[tuple[DueDelivery, Endpoint | None]]] = defaultdict(list)
        for each in waiting:
            endpoint = states.of(Webhooks, each.recipient_id).living.get(each.webhook_id) if each.webhook_id else None
            by_receiver[each.webhook_id].append((each, endpoint))
        away: LogUnavailable | None = None
        with ThreadPoolExecutor(RECEIVERS_AT_ONCE, thread_name_prefix="webhook") as threads:
            turns = map(iter, by_receiver.values())
            calls = {threads.submit(self._send, *first): rest for rest in turns if (first := next(rest, None)) is not None}
            for call, rest in _as_they_end(calls):
                try:
                    self._record(call.result())
                except LogUnavailable as error:
                    away = error  # What is under way already is remembered all the same.
                # One after the other to the same receiver, and none after a failure: it has its pause.
                if away is None and call.result().error is None and (following := next(rest, None)) is not None:
                    calls[threads.submit(self._send, *following)] = rest
        if away is not None:
            raise away

    def _record(self, called: Called) -> None:
        if called.error is None:
            self._recording.delivered([called.notice])
        else:
            self._recording.failed([called.notice], called.error, for_good=called.for_good)

    def _send(self, notice: DueDelivery, endpoint: Endpoint | None) -> Called:
        if endpoint is None or notice.webhook_id is None:
            return Called(notice, "the webhook was removed", for_good=True)
        try:
            secret = self._vault.find(secret_name(notice.recipient_id, notice.webhook_id))
            if secret is None:
                return Called(notice, "the webhook's secret was not fetched yet")
            body = body_of(notice)
            place = place_of(endpoint.url, self._settings)
            post(place, body, headers(secret, notice.notice_id, int(time.time()), body), self._context)
        except NotAllowed as no:
            return Called(notice, str(no), for_good=True)
        except (Unresolved, NotDelivered) as no:
            return Called(notice, str(no))
        except psycopg.Error:
            return Called(notice, "the vault is away")
        return Called(notice, None)


def body_of(notice: DueDelivery) -> bytes:
    """What a receiver is told: ids, and the reason that was given; it asks the API for the rest."""
    about = ("app_id", "approval_id", "credential_id", "team_id", "developer_id", "reason", "at", "days")
    data = {name: value for name in about if (value := getattr(notice, name)) is not None}
    return orjson.dumps({"type": notice.kind, "timestamp": notice.told_at, "data": {"occasion_id": notice.occasion_id, **data}})


Rest = Iterator[tuple[DueDelivery, Endpoint | None]]


def _as_they_end(calls: dict[Future[Called], Rest]) -> Iterator[tuple[Future[Called], Rest]]:
    """Give each call as it ends, also those that come meanwhile."""
    while calls:
        ended = next(as_completed(calls))
        yield ended, calls.pop(ended)
