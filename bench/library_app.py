"""The rival: `eventsourcing` as its documentation shows it, an aggregate with event methods, and an application that saves it."""

from __future__ import annotations

from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from bench.mix import CALLBACK, DESCRIPTION


class NotAllowed(Exception):
    """What an aggregate's method raises."""


class App(Aggregate):
    """The five steps of the mix as methods of one aggregate; each is one event."""

    @event("Created")
    def __init__(self, owner_id: UUID, name: str, description: str, callback_urls: list[str]) -> None:
        self.owner_id = owner_id
        self.name = name
        self.description = description
        self.callback_urls = callback_urls
        self.status = "active"
        self.products: dict[UUID, str] = {}
        self.credentials: dict[UUID, str] = {}
        self.secrets: dict[UUID, tuple[str, str]] = {}

    @event("ProductAdded")
    def add_product(self, product_id: UUID, approval_id: UUID) -> None:
        if product_id in self.products:
            raise NotAllowed("already asked for")
        self.products[product_id] = "pending"
        self.approval_id = approval_id

    @event("ApprovalDecided")
    def decide_approval(self, approval_id: UUID, product_id: UUID, verdict: str, decided_by: UUID) -> None:
        if approval_id != self.approval_id or self.products.get(product_id) != "pending":
            raise NotAllowed("nothing to decide")
        self.products[product_id] = verdict
        self.decided_by = decided_by

    @event("CredentialIssued")
    def issue_credential(self, credential_id: UUID, kind: str, secret_digest: str) -> None:
        if credential_id in self.credentials:
            raise NotAllowed("this id was used")
        self.credentials[credential_id] = "active"
        self.secrets[credential_id] = (kind, secret_digest)

    @event("CredentialRotated")
    def rotate_credential(self, credential_id: UUID, successor_id: UUID, secret_digest: str) -> None:
        if self.credentials.get(credential_id) != "active":
            raise NotAllowed("not active")
        self.credentials[credential_id] = "retiring"
        self.credentials[successor_id] = "active"
        self.secrets[successor_id] = (self.secrets[credential_id][0], secret_digest)


class Apps(Application[UUID]):
    """Each method handles one command and saves one aggregate."""

    def create_app(self, owner_id: UUID, name: str) -> UUID:
        app = App(owner_id, name, DESCRIPTION, [CALLBACK])
        self.save(app)
        return app.id

    def add_product(self, app_id: UUID, product_id: UUID, approval_id: UUID) -> None:
        app: App = self.repository.get(app_id)
        app.add_product(product_id, approval_id)
        self.save(app)

    def decide_approval(self, app_id: UUID, approval_id: UUID, product_id: UUID, decided_by: UUID) -> None:
        app: App = self.repository.get(app_id)
        app.decide_approval(approval_id, product_id, "granted", decided_by)
        self.save(app)

    def issue_credential(self, app_id: UUID, credential_id: UUID, secret_digest: str) -> None:
        app: App = self.repository.get(app_id)
        app.issue_credential(credential_id, "api_key", secret_digest)
        self.save(app)

    def rotate_credential(self, app_id: UUID, credential_id: UUID, successor_id: UUID, secret_digest: str) -> None:
        app: App = self.repository.get(app_id)
        app.rotate_credential(credential_id, successor_id, secret_digest)
        self.save(app)


def environment(url: str) -> dict[str, str]:
    """The library's settings for that database."""
    parts = conninfo_to_dict(url)
    names = {"POSTGRES_DBNAME": "dbname", "POSTGRES_HOST": "host", "POSTGRES_PORT": "port", "POSTGRES_USER": "user"}
    given = {name: str(parts[part]) for name, part in names.items()}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_PASSWORD": str(parts.get("password", ""))} | given
