"""Access rows made anew from the log: the very rows that the appends have written."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.kept_rows import STREAMS_KEPT_MAX, Kept
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.questions import answer
from adapters.postgres.rebuild_access import rebuild_access
from adapters.vault import Vault
from commands.ports import Appended, Decided, NewEvent
from domain.app import (
    App,
    AppApproved,
    AppDeleted,
    AppEdited,
    AppReinstated,
    AppRejected,
    AppResubmitted,
    AppSuspended,
    SubscriptionApproved,
    SubscriptionRejected,
    SubscriptionRemoved,
    SubscriptionRequested,
)
from domain.credential import OVERLAP_ENDED, Credential, CredentialActivated, CredentialExpired, CredentialRevoked, CredentialRotated
from domain.event import Event
from domain.product import Product, ProductChanged, ProductRetired
from domain.state import Stream
from projections.access import ACCESS_VERSION
from readmodels.access import may_call
from tests.counts import Counts
from tests.postgres.given import ADDED, CREATED, an_open_door, batch, decided, issued, new

Connection = psycopg.Connection[Any]
TABLES = ("access.app", "access.subscription", "access.credential", "access.product")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def all_rows(connection: Connection) -> list[list[Any]]:
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall() for table in TABLES]


class AnyHistory:
    """Events in any order, from two logs that don't know of each other, so that what each has kept grows stale."""

    def __init__(self, logs: list[PostgresLog], dice: random.Random) -> None:
        self.logs, self.dice = logs, dice
        self.app_ids, self.product_ids = ([UUID(int=dice.getrandbits(128)) for _ in range(count)] for count in (6, 4))
        self.credentials: dict[UUID, UUID] = {}
        self.versions: dict[Stream, int] = {}
        self.conflicts = 0

    def step(self) -> None:
        """Append one batch of a few commands; sometimes one that is based on the past."""
        log = self.dice.choice(self.logs)
        before = dict(self.versions)
        if self.dice.random() < 0.1:
            self.versions = {stream: max(version - 1, 1) for stream, version in before.items()}
        based_on = dict(self.versions)
        decisions = [self._decided() for _ in range(self.dice.randint(1, 4))]
        versions = {event.stream: based_on.get(event.stream, 0) for decision in decisions for event in decision.events}
        if self.dice.random() < 0.2:
            log.load(list(versions), [])
        if isinstance(log.append(batch(versions, *decisions)), Appended):
            self.versions = before | {stream: self.versions[stream] for stream in versions}
        else:
            self.versions = before
            self.conflicts += 1

    def _decided(self) -> Decided:
        app_id = self.dice.choice(self.app_ids)
        kind = self.dice.random()
        if kind < 0.6:
            return decided(self._next(App.at(app_id), CREATED, self._app_event()), app_id)
        if kind < 0.7:
            product = Product.at(self.dice.choice(self.product_ids))
            return decided(self._next(product, ADDED, self.dice.choice([ProductRetired(reason="old"), CHANGED])))
        credential_id = UUID(int=self.dice.getrandbits(128))
        if self.credentials and self.dice.random() < 0.7:
            credential_id, app_id = self.dice.choice(list(self.credentials.items()))
        self.credentials[credential_id] = app_id
        return decided(self._next(Credential.at(credential_id), issued(LONG_AGO), self._credential_event()), app_id)

    def _next(self, stream: Stream, first: Event, later: Event) -> list[NewEvent]:
        version = self.versions.get(stream, 0)
        self.versions[stream] = version + 1
        return new(stream, version, later if version else first)

    def _app_event(self) -> Event:
        product_id = self.dice.choice(self.product_ids)
        return self.dice.choice(
            [
                AppApproved(),
                AppRejected(),
                AppResubmitted(),
                AppSuspended(reason="late"),
                AppReinstated(),
                AppDeleted(reason=None),
                AppEdited(name="Weather", description="", callback_urls=()),
                SubscriptionRequested(product_id=product_id, approval_id=None),
                SubscriptionApproved(product_id=product_id),
                SubscriptionRejected(product_id=product_id, reason="no"),
                SubscriptionRemoved(product_id=product_id),
            ]
        )

    def _credential_event(self) -> Event:
        return self.dice.choice(
            [
                CredentialActivated(),
                CredentialRotated(successor_id=uuid4(), retires_at=datetime.now(UTC)),
                CredentialRevoked(reason="leaked"),
                CredentialRevoked(reason=OVERLAP_ENDED),
                CredentialExpired(),
            ]
        )


CHANGED = ProductChanged(name="Maps", description="new", category="geo", needs_approval=True)


def test_rows_folded_inline_are_the_rows_that_a_rebuild_makes(
    pool: ConnectionPool[Connection], vault: Vault, owner: Connection, seed: int, counts: Counts
) -> None:
    history = AnyHistory([PostgresLog(pool, vault.personal_data) for _ in range(2)], random.Random(seed))
    for _ in range(counts.races):
        history.step()
    assert history.conflicts
    inline = all_rows(owner)
    assert all(inline)
    owner.execute("UPDATE access.app SET status = 'glorious'")
    owner.execute("DELETE FROM access.credential")
    assert rebuild_access(owner) == sum(map(len, inline))
    assert all_rows(owner) == inline


def test_migrate_puts_newer_folds_in_force_with_rows_to_match(
    database: str, log: PostgresLog, owner: Connection, application: Connection
) -> None:
    _, product_id, credential_id, door = an_open_door()
    log.append(door)
    owner.execute("UPDATE log.access_version SET version = 0")
    owner.execute("UPDATE access.app SET status = 'by older rules'")
    assert migrate(database) == []
    assert answer(application, may_call(credential_id, product_id))[0].allowed
    assert owner.execute("SELECT version FROM log.access_version").fetchone() == (ACCESS_VERSION,)


def test_gateways_are_answered_while_rows_are_made_anew(log: PostgresLog, owner: Connection, application: Connection) -> None:
    _, product_id, credential_id, door = an_open_door()
    log.append(door)
    with owner.transaction():
        rebuild_access(owner)
        application.execute("SET statement_timeout = '2s'")
        assert answer(application, may_call(credential_id, product_id))[0].allowed


def test_what_is_kept_is_bounded_and_as_of_its_version() -> None:
    kept = Kept()
    for number in range(STREAMS_KEPT_MAX + 10):
        kept.keep({Stream(f"app-{number}"): (1, {})})
    gone, there = Stream("app-9"), Stream("app-10")
    assert kept.at(gone, 1) is None
    assert kept.at(there, 1) == {}
    assert kept.at(there, 2) is None
    assert kept.at(gone, 0) == {}
    kept.drop()
    assert kept.at(there, 1) is None
