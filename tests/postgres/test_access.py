"""What gateways may be told: right after every append, and the same when made anew from the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.questions import answer
from commands.ports import Appended
from domain.app import (
    App,
    AppDeleted,
    AppRejected,
    AppResubmitted,
    AppSuspended,
    SubscriptionRejected,
    SubscriptionRemoved,
    SubscriptionRequested,
)
from domain.credential import (
    OVERLAP_ENDED,
    Credential,
    CredentialExpired,
    CredentialRevoked,
    CredentialRotated,
)
from domain.event import Event
from domain.product import Product, ProductRetired
from domain.state import Stream
from projections.projection import OutOfPlace
from readmodels import access
from readmodels.access import AccessAnswer, Asked
from tests.postgres.given import ADDED, an_open_door, batch, decided, issued, new

Connection = psycopg.Connection[Any]
TABLES = ("access.app", "access.subscription", "access.credential", "access.product")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def may_call(connection: Connection, credential_id: UUID, product_id: UUID) -> AccessAnswer:
    [row] = answer(connection, access.may_call(credential_id, product_id))
    return row


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


def test_many_are_asked_about_at_once_and_answered_each_for_itself_in_their_order(log: PostgresLog, application: Connection) -> None:
    doors = [an_open_door() for _ in range(3)]
    for *_, door in doors:
        log.append(door)
    (_, first, key, _), (other_app, second, other, _), (_, _, third, _) = doors
    token = uuid4()
    application.execute("INSERT INTO access.revoked_token VALUES (%s, now())", [token])
    asked = [
        Asked(key, first),
        Asked(key, second),
        Asked(uuid4(), first),
        Asked(other, second),
        Asked(key, first, token),
        Asked(key, first, uuid4()),
        Asked(third, None),
    ]
    answers = answer(application, access.may_call_all(asked))
    reasons = [None, "product_not_approved", "unknown", None, "revoked", None, "product_unknown"]
    assert [each.reason for each in answers] == reasons
    assert answers[3].app_id == other_app
    assert answer(application, access.may_call_all([])) == ()


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
