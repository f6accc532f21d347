"""Decisions made by hand, for tests of the log that need no commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from commands.command import Envelope
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Batch, Decided, NewEvent
from commands.principal import SYSTEM, Principal
from commands.suspend_app import SuspendApp
from domain.app import App, AppApproved, AppCreated, SubscriptionApproved, SubscriptionRequested
from domain.command_refused import CommandRefused, RefusedCommand
from domain.credential import Credential, CredentialActivated, CredentialIssued, CredentialKind
from domain.event import Event
from domain.owner import Owner
from domain.product import Product, ProductAdded
from domain.state import Stream

SOME_APP = UUID(int=1)
OWNER = Owner(id=UUID(int=7))
CREATED = AppCreated(owner=OWNER, name="Weather", description="", callback_urls=(), attributes={})
ADDED = ProductAdded(name="Maps", description="", category="geo", needs_approval=False)
DIGEST = b"d" * 32


def issued(expires_at: datetime | None = None) -> CredentialIssued:
    """An API key, issued now."""
    return CredentialIssued(
        kind=CredentialKind.API_KEY,
        secret_digest="0" * 64,
        client_id=None,
        issued_at=datetime.now(UTC),
        expires_at=expires_at,
        replaces=None,
    )


def new(stream: Stream, version: int, *events: Event) -> list[NewEvent]:
    """Events that come after that version of a stream."""
    return [NewEvent(stream, version + number, event) for number, event in enumerate(events, start=1)]


def decided(
    events: Sequence[NewEvent] = (), app_id: UUID = SOME_APP, principal: Principal = SYSTEM, command_id: UUID | None = None
) -> Decided:
    """An accepted command of some app; which command it was, the log does not care."""
    command_id = command_id or uuid4()
    envelope = Envelope(command_id, "app.suspend.v1", SuspendApp(app_id=app_id, reason="why not"), principal, DIGEST)
    return Decided(envelope, Outcome(command_id, OutcomeKind.ACCEPTED), events)


def refused(app_id: UUID = SOME_APP) -> Decided:
    """A refused command, with its event."""
    command_id = uuid4()
    envelope = Envelope(command_id, "app.suspend.v1", SuspendApp(app_id=app_id, reason="why not"), SYSTEM, DIGEST)
    event = CommandRefused(command="app.suspend.v1", target=str(app_id), code="app_unknown", sentence="there is no app with this id")
    outcome = Outcome(command_id, OutcomeKind.REFUSED, code="app_unknown", sentence="there is no app with this id")
    return Decided(envelope, outcome, new(RefusedCommand.at(command_id), 0, event))


def batch(versions: Mapping[Stream, int], *decisions: Decided) -> Batch:
    """These decisions, based on those versions."""
    return Batch(versions, decisions)


def an_open_door(expires_in: timedelta | None = None) -> tuple[UUID, UUID, UUID, Batch]:
    """An app, a product and a credential which opens it, with the batch that makes them so."""
    app_id, product_id, credential_id = uuid4(), uuid4(), uuid4()
    app, product, credential = App.at(app_id), Product.at(product_id), Credential.at(credential_id)
    expires_at = None if expires_in is None else datetime.now(UTC) + expires_in
    asked = SubscriptionRequested(product_id=product_id, approval_id=None)
    events = [
        *new(product, 0, ADDED),
        *new(app, 0, CREATED, asked, SubscriptionApproved(product_id=product_id), AppApproved()),
        *new(credential, 0, issued(expires_at), CredentialActivated()),
    ]
    return app_id, product_id, credential_id, batch({product: 0, app: 0, credential: 0}, decided(events, app_id))
