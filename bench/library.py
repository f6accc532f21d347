"""The rival: `eventsourcing` as its documentation shows it, an aggregate with event methods, and an application that saves it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from bench.children import settle_memory, wait_until
from bench.mix import CALLBACK, DESCRIPTION, PRODUCT
from bench.ours import Window

TOGETHER: Final = 100
"""Aggregates in one save, where they are saved together."""


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


class Library:
    """Does the mix's steps through the library, in a process of its own."""

    def __init__(self, settings: Mapping[str, str], owners: int) -> None:
        self._apps = Apps(dict(settings))
        self._owners = [uuid4() for _ in range(owners)]
        self._admin = uuid4()
        self._number = count()

    def set_up(self, apps_of_each: int) -> None:
        """Fill the database with as many apps as ours holds."""
        for number in range(apps_of_each):
            for first in range(0, len(self._owners), TOGETHER):
                self._apps.save(
                    *(App(owner, f"Held {number}", DESCRIPTION, [CALLBACK]) for owner in self._owners[first : first + TOGETHER])
                )

    def one_each(self, start: float, end: float) -> Window:
        """One aggregate loaded and saved for each command."""
        commands = self._commands()
        settle_memory()
        return _window(start, end, lambda: self._one(next(commands)))

    def together(self, start: float, end: float) -> Window:
        """A hundred aggregates loaded, moved on, and saved at once."""
        saves = self._saves()
        settle_memory()
        return _window(start, end, lambda: next(saves))

    def _one(self, command: tuple[Any, ...]) -> int:
        command[0](*command[1:])
        return 1

    def _commands(self) -> Iterator[tuple[Any, ...]]:
        apps = self._apps
        while True:
            owner = self._owners[next(self._number) % len(self._owners)]
            app_id = apps.create_app(owner, f"Fresh {next(self._number)}")
            yield (int,)  # Done already, since its id was needed.
            approval, credential, successor = uuid4(), uuid4(), uuid4()
            yield apps.add_product, app_id, PRODUCT, approval
            yield apps.decide_approval, app_id, approval, PRODUCT, self._admin
            yield apps.issue_credential, app_id, credential, f"{credential.int:064x}"
            yield apps.rotate_credential, app_id, credential, successor, f"{successor.int:064x}"

    def _saves(self) -> Iterator[int]:
        while True:
            owners = [self._owners[next(self._number) % len(self._owners)] for _ in range(TOGETHER)]
            apps = [App(owner, f"Fresh {next(self._number)}", DESCRIPTION, [CALLBACK]) for owner in owners]
            ids = [(app.id, uuid4(), uuid4(), uuid4()) for app in apps]
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, approval, _, _) in zip(apps, ids, strict=True):
                app.add_product(PRODUCT, approval)
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, approval, _, _) in zip(apps, ids, strict=True):
                app.decide_approval(approval, PRODUCT, "granted", self._admin)
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, _, credential, _) in zip(apps, ids, strict=True):
                app.issue_credential(credential, "api_key", f"{credential.int:064x}")
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, _, credential, successor) in zip(apps, ids, strict=True):
                app.rotate_credential(credential, successor, f"{successor.int:064x}")
            yield self._save(apps)

    def _load(self, ids: list[tuple[UUID, UUID, UUID, UUID]]) -> list[App]:
        return [self._apps.repository.get(app_id) for app_id, *_ in ids]

    def _save(self, apps: list[App]) -> int:
        self._apps.save(*apps)
        return len(apps)

    def close(self) -> None:
        """Give back its connections."""
        self._apps.close()


def _window(start: float, end: float, work: Any) -> Window:  # noqa: ANN401 - a function that says how much it did
    wait_until(start)
    done = 0
    begun = now = time.perf_counter()
    while now - begun < end - start:
        done += work()
        now = time.perf_counter()
    return Window(done, now - begun)
