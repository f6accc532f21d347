"""Histories as apps really have them, straight into the log: what followers are tested and measured on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.codec import EventCodec
from domain.app import App, AppApproved, AppCreated, AppCredentialAdded, SubscriptionApproved, SubscriptionRequested
from domain.app_name import AppName, AppNameTaken
from domain.approval import Approval, ApprovalDecided, ApprovalGranted, ApprovalOpened, ApprovalProductAsked, ProductVerdict, Verdict
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.credential import Credential, CredentialActivated, CredentialIssued, CredentialKind, CredentialRotated
from domain.developer import Developer, DeveloperRegistered
from domain.event import Event
from domain.owner import Owner
from domain.personal import Personal
from domain.product import Product, ProductAdded
from domain.recorded import Recorded

BEGINNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
LIFETIME = timedelta(days=365)
EVENTS_PER_BATCH = 200
"""Events that are recorded at the same time, as a batch of 100 commands records them."""


class MirrorSealer:
    """Seals by writing backwards: enough to tell sealed from plain, with no vault."""

    def seal(self, person: UUID, text: str) -> str:
        return f"{person.hex}.{text[::-1]}"

    def open(self, person: UUID, sealed: str) -> str:
        whose, text = sealed.split(".", 1)
        assert whose == person.hex
        return text[::-1]

    def prepare_sealing(self, persons: Iterable[UUID]) -> None: ...

    def prepare_opening(self, persons: Iterable[UUID]) -> None: ...


CODEC = EventCodec(MirrorSealer())


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that somebody caused."""

    stream: str
    event: Event
    app_id: UUID | None = None


def catalogue(owners: list[UUID], products: list[UUID]) -> Iterator[Happened]:
    """Register the owners and add the products."""
    for number, owner in enumerate(owners):
        yield Happened(
            Developer.at(owner), DeveloperRegistered(name=Personal(f"Developer {number}"), email=Personal(f"d{number}@example.com"))
        )
    for number, product in enumerate(products):
        added = ProductAdded(name=f"Product {number}", description="An API", category="payments", needs_approval=True)
        yield Happened(Product.at(product), added)


def life_of_an_app(pick: random.Random, number: int, owners: list[UUID], products: list[UUID]) -> Iterator[Happened]:
    """Create, ask for a product under review, approve, issue, rotate: 17 events, as the commands of the benchmark record them."""

    def fresh() -> UUID:
        return UUID(int=pick.getrandbits(128), version=4)

    app_id, approval_id, first, second = fresh(), fresh(), fresh(), fresh()
    owner, product = Owner(id=pick.choice(owners)), pick.choice(products)
    app, approval, old, new = App.at(app_id), Approval.at(approval_id), Credential.at(first), Credential.at(second)
    now = BEGINNING + timedelta(seconds=number)
    created = AppCreated(
        owner=owner,
        name=f"App {number}",
        description=f"The app number {number} of its developer, for shops",
        callback_urls=(f"https://app{number}.example.com/callback",),
        attributes={"tier": "gold", "team": f"team {number % 7}"},
    )
    asked = PolicyInput(
        product_id=product,
        category="payments",
        owner=owner,
        attributes=created.attributes,
        callback_hosts=(f"app{number}.example.com",),
        earlier_rejections=0,
    )

    def issued(replaces: UUID | None) -> CredentialIssued:
        return CredentialIssued(
            kind=CredentialKind.API_KEY,
            secret_digest=f"{pick.getrandbits(256):064x}",
            client_id=None,
            issued_at=now,
            expires_at=now + LIFETIME,
            replaces=replaces,
        )

    yield Happened(AppName.at(fresh()), AppNameTaken(app_id=app_id), app_id)
    yield Happened(app, created, app_id)
    yield Happened(app, AppApproved(), app_id)
    yield Happened(app, SubscriptionRequested(product_id=product, approval_id=approval_id), app_id)
    yield Happened(approval, ApprovalOpened(), app_id)
    waits = ApprovalProductAsked(
        product_id=product,
        asked_by=f"person:{owner.id}",
        answer=PolicyAnswer.REVIEW,
        policy_version=0,
        rule="manual",
        reason=None,
        input=asked,
    )
    yield Happened(approval, waits, app_id)
    verdicts = (ProductVerdict(product_id=product, verdict=Verdict.GRANT),)
    yield Happened(approval, ApprovalDecided(verdicts=verdicts, comment=None, decided_by=f"person:{owners[0]}", decided_at=now), app_id)
    yield Happened(approval, ApprovalGranted(), app_id)
    yield Happened(app, SubscriptionApproved(product_id=product), app_id)
    yield Happened(app, AppCredentialAdded(credential_id=first, replaces=None), app_id)
    yield Happened(old, issued(None), app_id)
    yield Happened(old, CredentialActivated(), app_id)
    yield Happened(app, AppCredentialAdded(credential_id=second, replaces=first), app_id)
    yield Happened(old, CredentialRotated(successor_id=second, retires_at=now + timedelta(days=1)), app_id)
    yield Happened(new, issued(first), app_id)
    yield Happened(new, CredentialActivated(), app_id)


def many_apps(events: int, seed: int = 1) -> Iterator[Happened]:
    """Tell the lives of as many apps as it takes, of 200 owners; a few are always under way at once."""
    pick = random.Random(seed)
    owners = [UUID(int=pick.getrandbits(128), version=4) for _ in range(200)]
    products = [UUID(int=pick.getrandbits(128), version=4) for _ in range(30)]
    yield from catalogue(owners, products)
    told = len(owners) + len(products)
    under_way: list[Iterator[Happened]] = []
    number = 0
    while told < events:
        while len(under_way) < 20:
            under_way.append(life_of_an_app(pick, number, owners, products))
            number += 1
        life = pick.choice(under_way)
        step = next(life, None)
        if step is None:
            under_way.remove(life)
        else:
            told += 1
            yield step


def write(url: str, happened: Iterable[Happened]) -> int:
    """Put events at the end of the log and tell those who follow; say the last position."""
    position = write_quietly(url, happened)
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_notify('launchpad_log', %s)", [str(position)])
    return position


def write_quietly(url: str, happened: Iterable[Happened]) -> int:
    """Put events at the end of the log, and tell nobody."""
    with psycopg.connect(url) as connection:
        ((position, at),) = connection.execute(
            "SELECT coalesce(max(notification_id), 0), coalesce(max(recorded_at), %s) FROM log.events", [BEGINNING]
        ).fetchall()
        versions: dict[str, int] = dict(
            connection.execute("SELECT originator_id, max(originator_version) FROM log.events GROUP BY 1").fetchall()
        )
    return put(url, _placed(happened, position, at, versions))


def _placed(happened: Iterable[Happened], position: int, at: datetime, versions: dict[str, int]) -> Iterator[Recorded[Any]]:
    for place, each in enumerate(happened, start=position + 1):
        versions[each.stream] = version = versions.get(each.stream, 0) + 1
        if place % EVENTS_PER_BATCH == 0:
            at += timedelta(milliseconds=37)
        yield Recorded(place, each.stream, version, at, each.app_id, each.event, principal="service:tests")


def put(url: str, recorded: Iterable[Recorded[Any]], codec: EventCodec = CODEC) -> int:
    """Put events into the log where they say they are, past its rules: tests of followers need no commands."""
    position = 0
    columns = "originator_id, originator_version, topic, state, notification_id, recorded_at, principal, app_id"
    with psycopg.connect(url) as connection, connection.cursor().copy(f"COPY log.events ({columns}) FROM STDIN") as copy:
        for each in recorded:
            position = each.position
            stored = codec.encode(each.stream, each.event)
            copy.write_row([each.stream, each.version, stored.topic, stored.state, position, each.recorded_at, each.principal, each.app_id])
    return position
