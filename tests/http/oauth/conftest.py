"""An app with an OAuth client, on the real server, made by commands as anybody would."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest

from launchpad_client.keys import make_credential
from tests.http.conftest import As, command, create_app, register


@dataclass
class Door:
    """An app, its product and its credential, and who may do what with them."""

    app_id: str
    product_id: str
    credential_id: UUID
    client_id: str
    secret: str
    owner: httpx.Client
    admin: httpx.Client

    def sends(self, client: httpx.Client, kind: str, /, **data: object) -> None:
        answered = client.post("/v1/commands", json=command(kind, **data))
        assert answered.status_code == 200, answered.text

    def issues(self, kind: str, **more: object) -> tuple[UUID, str]:
        """One more credential; its id and text."""
        credential_id = uuid4()
        made = make_credential(kind, "live", credential_id)
        asked = {"app_id": self.app_id, "credential_id": str(credential_id), "kind": kind, "secret_digest": made.digest}
        self.sends(self.owner, "credential.issue.v1", **asked, **more)
        return credential_id, made.text

    def revokes(self) -> None:
        self.sends(self.owner, "credential.revoke.v1", app_id=self.app_id, credential_id=str(self.credential_id), reason="lost")


@pytest.fixture
def door(as_: As) -> Door:
    name = f"olga{uuid4().hex[:8]}"
    owner, admin = as_(f"developer:{name}"), as_("admin:grace")
    developer = register(owner, name)
    app_id, _ = create_app(owner, developer, "Weather")
    product = str(uuid4())
    admin.post("/v1/commands", json=command("product.add.v1", product_id=product, name=f"Rain {product}", needs_approval=False))
    door = Door(app_id, product, UUID(int=0), "", "", owner, admin)
    door.sends(owner, "app.add_products.v1", app_id=app_id, products=[product])
    door.credential_id, door.secret = door.issues("oauth_client")
    door.client_id = f"client-{door.credential_id}"
    return door
