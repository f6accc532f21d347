"""Who sends commands in these tests, and the commands that they send."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.intake import Request

AUDIENCE: Final = "launchpad-apps"


class World:
    """People and services with tokens."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._issuer = LocalIssuer(home, AUDIENCE)
        self.admin = self.token("admin:anna")

    def person(self, name: str) -> UUID:
        """A person's developer id."""
        return developer_id(name)

    def token(self, as_: str, may_act: Iterable[UUID] = ()) -> str:
        """A token for `developer:NAME`, `service:NAME` and so on."""
        return self._issuer.issue(as_, may_act=may_act)

    def request(self, name: str, data: dict[str, Any], token: str, on_behalf_of: UUID | None = None) -> Request:
        """A command that takes another way than the bus."""
        acted_for = None if on_behalf_of is None else str(on_behalf_of)
        return Request(uuid4(), name, json.dumps(data).encode(), f"Bearer {token}", on_behalf_of=acted_for)

    def register(self, name: str) -> tuple[str, dict[str, Any]]:
        """Register a person."""
        return "developer.register.v1", {"developer_id": str(self.person(name)), "name": f"{name} Example", "email": f"{name}@example.org"}

    def create(self, owner: str, app_id: UUID | None = None, name: str | None = None) -> tuple[str, dict[str, Any]]:
        """Create an app."""
        app_id = app_id or uuid4()
        whose = {"kind": "developer", "id": str(self.person(owner))}
        return "app.create.v1", {"app_id": str(app_id), "owner": whose, "name": name or f"App {app_id}"}

    def deactivate(self, name: str) -> tuple[str, dict[str, Any]]:
        """Deactivate a person."""
        return "developer.deactivate.v1", {"developer_id": str(self.person(name)), "reason": "left"}
