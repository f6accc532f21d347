"""What gateways may be told: right after every append, and the same when made anew from the log."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres.access_rows import STREAMS_KEPT_MAX, Kept
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
from domain.credential import (
    OVERLAP_ENDED,
    Credential,
    CredentialActivated,
    CredentialExpired,
    CredentialRevoked,
    CredentialRotated,
)
from domain.event import Event
from domain.product import Product, ProductChanged, ProductRetired
from domain.state import Stream
from projections.projection import OutOfPlace
from readmodels import access
from readmodels.access import AccessAnswer
from tests.counts import Counts
from tests.postgres.given import ADDED, CREATED, an_open_door, batch, decided, issued, new

Connection = psycopg.Connection[Any]
TABLES = ("access.app", "access.subscription", "access.credential", "access.product")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def may_call(connection: Connection, credential_id: UUID, product_id: UUID) -> AccessAnswer:
    [row] = answer(connection, access.may_call(credential_id, product_id))
    return row


def all_rows(connection: Connection) -> list[list[Any]]:
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall() for table in TABLES]


def test_a_door_that_was_opened_is_open(log: PostgresLog, application: Connection) -> None:
    app_id, product_id, credential_id, door = an_open_door(timedelta(hours=1))
    log.append(door)
    told = may_call(application, credential_id, product_id)
    assert told.allowed
    assert (told.app_id, told.kind, told.digest, told.client_id) == (app_id, "api_key", "0" * 64, None)
    assert told.ends_at is not None


Ids = tuple[UUID, UUID, UUID]
APP: Callable[[Ids], Stream] = lambda ids: App.at(ids[0])  # noqa: E731 - three ways to name a stream
PRODUCT: Callable[[Ids], Stream] = lambda ids: Product.at(ids[1])  # noqa: E731
CREDENTIAL: Callable[[Ids], Stream] = lambda ids: Credential.at(ids[2])  # noqa: E731


def in_(delta: timedelta) -> Callable[[Ids], Event]:
    return lambda _: CredentialRotated(successor_id=uuid4(), retires_at=datetime.now(UTC) + delta)


@pytest.mark.parametrize(
    ("stream", "happened", "reason"),
    [
        (CREDENTIAL, lambda _: CredentialRevoked(reason="leaked"), "revoked"),
        (CREDENTIAL, lambda _: CredentialExpired(), "expired"),
        (CREDENTIAL, lambda _: CredentialRevoked(reason=OVERLAP_ENDED), "overlap_ended"),
        (CREDENTIAL, in_(timedelta(0)), "overlap_ended"),
        (CREDENTIAL, in_(timedelta(hours=1)), None),
        (APP, lambda _: AppResubmitted(), "app_pending"),
        (APP, lambda _: AppRejected(), "app_rejected"),
        (APP, lambda _: AppSuspended(reason="late"), "app_suspended"),
        (APP, lambda _: AppDeleted(reason=None), "app_deleted"),
        (PRODUCT, lambda _: ProductRetired(reason="old"), "product_retired"),
        (APP, lambda ids: SubscriptionRemoved(product_id=ids[1]), "product_not_approved"),
        (APP, lambda ids: SubscriptionRejected(product_id=ids[1], reason="no"), "product_not_approved"),
        (APP, lambda ids: SubscriptionRequested(product_id=ids[1], approval_id=None), "product_not_approved"),
    ],
)
def test_what_happens_closes_the_door_with_its_own_reason(
    stream: Callable[[Ids], Stream], happened: Callable[[Ids], Event], reason: str | None, log: PostgresLog, application: Connection
) -> None:
    app_id, product_id, credential_id, door = an_open_door()
    log.append(door)
    ids = (app_id, product_id, credential_id)
    name = stream(ids)
    version = log.load([name], []).histories[name].version
    assert isinstance(log.append(batch({name: version}, decided(new(name, version, happened(ids)), app_id))), Appended)
    assert may_call(application, credential_id, product_id).reason == reason


def test_doors_that_never_opened_say_why(log: PostgresLog, application: Connection) -> None:
    app_id, product_id, credential_id, door = an_open_door()
    assert may_call(application, credential_id, product_id).reason == "unknown"
    log.append(door)
    assert may_call(application, credential_id, uuid4()).reason == "product_unknown"
    pending = uuid4()
    stream = Credential.at(pending)
    log.append(batch({stream: 0}, decided(new(stream, 0, issued()), app_id)))
    assert may_call(application, pending, product_id).reason == "credential_pending"
    other = Product.at(uuid4())
    log.append(batch({other: 0}, decided(new(other, 0, ADDED))))
    assert may_call(application, credential_id, Product.id_in(other)).reason == "product_not_approved"


def test_time_closes_a_door_by_itself_and_the_first_reason_counts(log: PostgresLog, application: Connection) -> None:
    app_id, product_id, credential_id, door = an_open_door(timedelta(0))
    log.append(door)
    assert may_call(application, credential_id, product_id).reason == "expired"
    stream = Credential.at(credential_id)
    log.append(batch({stream: 2}, decided(new(stream, 2, CredentialRotated(successor_id=uuid4(), retires_at=LONG_AGO)), app_id)))
    assert may_call(application, credential_id, product_id).reason == "expired"
    log.append(batch({stream: 3}, decided(new(stream, 3, CredentialRevoked(reason="leaked")), app_id)))
    assert may_call(application, credential_id, product_id).reason == "revoked"


@pytest.mark.parametrize("table", TABLES)
def test_a_status_that_nobody_knows_opens_nothing(table: str, log: PostgresLog, application: Connection, owner: Connection) -> None:
    _, product_id, credential_id, door = an_open_door()
    log.append(door)
    owner.execute(f"UPDATE {table} SET status = 'glorious'".encode())
    assert not may_call(application, credential_id, product_id).allowed


def test_an_end_without_a_beginning_fails_and_appends_nothing(log: PostgresLog, owner: Connection) -> None:
    stream = Credential.at(uuid4())
    with pytest.raises(OutOfPlace, match="CredentialRevoked does not fit no row"):
        log.append(batch({stream: 0}, decided(new(stream, 0, CredentialRevoked(reason="leaked")))))
    assert owner.execute("SELECT count(*) FROM log.events").fetchone() == (0,)


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
    pool: ConnectionPool[Connection], vault: Vault, application: Connection, seed: int, counts: Counts
) -> None:
    history = AnyHistory([PostgresLog(pool, vault.personal_data) for _ in range(2)], random.Random(seed))
    for _ in range(counts.races):
        history.step()
    assert history.conflicts
    inline = all_rows(application)
    assert all(inline)
    application.execute("UPDATE access.app SET status = 'glorious'")
    application.execute("DELETE FROM access.credential")
    assert rebuild_access(application) == sum(map(len, inline))
    assert all_rows(application) == inline


def test_migrate_puts_newer_folds_in_force_with_rows_to_match(
    database: str, log: PostgresLog, owner: Connection, application: Connection
) -> None:
    _, product_id, credential_id, door = an_open_door()
    log.append(door)
    owner.execute("UPDATE log.access_version SET version = 0")
    owner.execute("UPDATE access.app SET status = 'by older rules'")
    assert migrate(database) == []
    assert may_call(application, credential_id, product_id).allowed
    assert owner.execute("SELECT version FROM log.access_version").fetchone() == (1,)


def test_gateways_are_answered_while_rows_are_made_anew(log: PostgresLog, owner: Connection, application: Connection) -> None:
    _, product_id, credential_id, door = an_open_door()
    log.append(door)
    with owner.transaction():
        rebuild_access(owner)
        application.execute("SET statement_timeout = '2s'")
        assert may_call(application, credential_id, product_id).allowed


def test_what_is_kept_is_bounded_and_as_of_its_version() -> None:
    kept = Kept()
    for number in range(STREAMS_KEPT_MAX + 10):
        kept.keep(f"app-{number}", 1, {})
    assert kept.at("app-9", 1) is None
    assert kept.at("app-10", 1) == {}
    assert kept.at("app-10", 2) is None
    assert kept.at("app-9", 0) == {}
    kept.drop()
    assert kept.at("app-10", 1) is None
