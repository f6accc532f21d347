"""Who may do what over HTTP: every role at every resource, of one's own and of others, against the one table of the commands' tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from adapters.identity.local_issuer import developer_id
from commands.catalogue import CATALOGUE
from tests.commands.test_who_may import ALLOWED
from tests.http.conftest import As
from tests.http.test_admin_over_http import key_of
from tests.http.test_apps_written_over_http import create, product, seen

pytestmark = pytest.mark.usefixtures("follower")
OWNER = developer_id("olga")
LATER = (datetime.now(UTC) + timedelta(days=3)).isoformat()
PEOPLE = {
    "the owner": ("developer:olga", False),
    "a service on behalf of the owner": ("service:portal", True),
    "another developer": ("developer:nora", False),
    "an admin": ("admin:grace", False),
    "an auditor": ("auditor:otto", False),
    "an analyst": ("analyst:anna", False),
    "a gateway": ("gateway:edge", False),
    "a service without roles": ("service:plain", False),
    "the system": ("system", False),
}


class Asked(NamedTuple):
    """A request that would do something to what is Olga's, or to everybody's."""

    method: str
    path: str
    said: dict[str, object] | None = None


class Scene:
    """Makes what requests are about, with Olga's own hands and Grace's."""

    def __init__(self, olga: httpx.Client, grace: httpx.Client, system: httpx.Client) -> None:
        self.olga, self.grace, self.system = olga, grace, system

    def product(self, *, guarded: bool = False) -> str:
        return product(self.grace, needs_approval=guarded)

    def app(self, **said: object) -> str:
        return f"/v1/apps/{create(self.olga, **said)['app_id']}"

    def key(self) -> str:
        app = create(self.olga)
        return f"/v1/apps/{app['app_id']}/credentials/{key_of(self.olga, app)['credential_id']}"

    def rotated(self) -> str:
        key = self.key()
        assert self.olga.post(f"{key}/rotate").status_code == 201
        return key

    def jwt(self) -> str:
        app, jwt = self.app(), str(uuid4())
        data = {"app_id": app.rpartition("/")[2], "credential_id": jwt, "kind": "jwt", "expires_at": LATER}
        assert self.olga.post("/v1/commands", json={"id": str(uuid4()), "type": "credential.issue.v1", "data": data}).status_code == 200
        return f"{app}/credentials/{jwt}"

    def suspended(self) -> str:
        app = self.app()
        assert self.grace.post(f"{app}/suspend", json={"reason": "x"}).status_code == 200
        return app

    def waiting(self) -> tuple[str, str]:
        """An approval with the product that waits in it."""
        guarded = self.product(guarded=True)
        app = seen(self.olga, create(self.olga, products=[guarded])).json()
        return f"/v1/approvals/{app['open_approval_id']}", guarded

    def rejected(self) -> str:
        approval, guarded = self.waiting()
        no = {"decisions": [{"product_id": guarded, "verdict": "reject", "reason": "no"}]}
        decided = self.grace.post(f"{approval}/decide", json=no).json()
        return f"/v1/apps/{decided['app_id']}"

    def developer(self) -> str:
        """Somebody who is nobody of those who ask."""
        leaver = str(uuid4())
        data = {"developer_id": leaver, "name": "Leaver", "email": "l@example.com"}
        assert self.grace.post("/v1/commands", json={"id": str(uuid4()), "type": "developer.register.v1", "data": data}).status_code == 200
        return leaver

    def decision(self) -> Asked:
        approval, guarded = self.waiting()
        return Asked("POST", f"{approval}/decide", {"decisions": [{"product_id": guarded, "verdict": "grant"}]})

    def prepared(self) -> str:
        """A bulk run whose list is empty, and stands."""
        bulk_id = self.grace.post("/v1/bulk", json=SUSPEND_ALL).json()["bulk_id"]
        sums = {"parts": 0, "as_of": 1, "would_do": 0, "already_so": 0, "would_be_refused": {}}
        data = {"bulk_id": bulk_id, "attempt": str(uuid4()), **sums}
        assert self.system.post("/v1/commands", json={"id": str(uuid4()), "type": "bulk.freeze.v1", "data": data}).status_code == 200
        return f"/v1/bulk/{bulk_id}"

    def removal(self) -> Asked:
        free = self.product()
        return Asked("DELETE", f"{self.app(products=[free])}/products/{free}")


DEMAND = {"deadline": LATER, "reason": "x"}
SUSPEND_ALL = {"action": "suspend", "reason": "x", "criteria": {"owner_id": str(OWNER)}}
REASON: dict[str, object] = {"reason": "x"}
ASKED: dict[str, Callable[[Scene], Asked]] = {
    "developer.deactivate.v1": lambda scene: Asked("POST", f"/v1/developers/{scene.developer()}/deactivate", REASON),
    "product.add.v1": lambda _: Asked("POST", "/v1/products", {"name": "New"}),
    "product.change.v1": lambda scene: Asked("PATCH", f"/v1/products/{scene.product()}", {"description": "new"}),
    "product.retire.v1": lambda scene: Asked("POST", f"/v1/products/{scene.product()}/retire", REASON),
    "policy.set.v1": lambda _: Asked("PUT", "/v1/policy", {"mode": "manual"}),
    "app.create.v1": lambda _: Asked("POST", "/v1/apps", {"name": f"App {uuid4()}", "owner": {"id": str(OWNER)}}),
    "app.edit.v1": lambda scene: Asked("PATCH", scene.app(), {"description": "new"}),
    "app.set_attributes.v1": lambda scene: Asked("PATCH", scene.app(), {"attributes": {"a": "b"}}),
    "app.remove_attributes.v1": lambda scene: Asked("PATCH", scene.app(attributes={"a": "b"}), {"attributes": {"a": None}}),
    "app.add_products.v1": lambda scene: Asked("POST", f"{scene.app()}/products", {"products": [scene.product()]}),
    "app.remove_products.v1": Scene.removal,
    "app.resubmit.v1": lambda scene: Asked("POST", f"{scene.rejected()}/resubmit"),
    "app.suspend.v1": lambda scene: Asked("POST", f"{scene.app()}/suspend", REASON),
    "app.reinstate.v1": lambda scene: Asked("POST", f"{scene.suspended()}/reinstate"),
    "app.delete.v1": lambda scene: Asked("DELETE", scene.app()),
    "credential.issue.v1": lambda scene: Asked("POST", f"{scene.app()}/credentials", {"kind": "api_key"}),
    "credential.rotate.v1": lambda scene: Asked("POST", f"{scene.key()}/rotate"),
    "credential.end_overlap.v1": lambda scene: Asked("POST", f"{scene.rotated()}/end-overlap"),
    "credential.revoke.v1": lambda scene: Asked("POST", f"{scene.key()}/revoke", REASON),
    "credential.claim.v1": lambda scene: Asked("POST", f"{scene.jwt()}/claim"),
    "credential.demand_rotation.v1": lambda scene: Asked("POST", f"{scene.key()}/demand-rotation", dict(DEMAND)),
    "approval.decide.v1": Scene.decision,
    "approval.withdraw.v1": lambda scene: Asked("POST", f"{scene.waiting()[0]}/withdraw"),
    "bulk.prepare.v1": lambda _: Asked("POST", "/v1/bulk", dict(SUSPEND_ALL)),
    "bulk.start.v1": lambda scene: Asked("POST", f"{scene.prepared()}/start"),
    "bulk.stop.v1": lambda scene: Asked("POST", f"{scene.prepared()}/stop"),
}
BY_NOBODY_HERE = {
    "credential.expire.v1",
    "credential.miss_rotation.v1",
    "bulk.freeze_part.v1",
    "bulk.freeze.v1",
    "bulk.report_part.v1",
    "bulk.finish.v1",
}
"""What the system does by itself has no resource."""
OF_ONESELF = {"developer.register.v1", "developer.change.v1"}
"""/v1/developers/me is never somebody else's."""


@pytest.fixture(scope="module")
def scene(as_: As) -> Scene:
    olga, grace = as_("developer:olga"), as_("admin:grace")
    create(olga)
    create(as_("developer:nora"))
    return Scene(olga, grace, as_("system"))


def test_every_command_has_its_resource() -> None:
    assert ASKED.keys() | BY_NOBODY_HERE | OF_ONESELF == CATALOGUE.keys()


def ask(as_: As, who: str, asked: Asked) -> httpx.Response:
    token, for_owner = PEOPLE[who]
    client = as_(token, may_act=[OWNER] if for_owner else ())
    return client.request(asked.method, asked.path, json=asked.said, params={"onbehalfof": str(OWNER)} if for_owner else {})


@pytest.mark.parametrize("name", ASKED)
def test_each_resource_is_for_whom_the_table_says_and_for_nobody_else(as_: As, scene: Scene, name: str) -> None:
    refused = ASKED[name](scene)  # Whoever is refused changes nothing.
    for who in PEOPLE:
        told = ask(as_, who, ASKED[name](scene) if who in ALLOWED[name] else refused)
        if who not in ALLOWED[name]:
            assert (told.status_code, told.json()["code"]) == (403, "not_allowed"), (who, told.text)
        elif who == "the system" and name != "bulk.stop.v1":  # It may, once something is due.
            assert told.json().get("code") == "not_due", told.text
        else:
            assert told.status_code in {200, 201}, (who, told.text)


def test_many_demands_at_once_are_for_admins_alone(as_: As, scene: Scene) -> None:
    _, _, _, app, _, key = scene.key().split("/")
    asked = Asked("POST", "/v1/rotation-demands", DEMAND | {"credentials": [{"app_id": app, "credential_id": key}]})
    for who in PEOPLE:
        told = ask(as_, who, asked)
        assert told.status_code == (200 if who == "an admin" else 403), (who, told.text)


@pytest.mark.parametrize("path", ["", "/credentials", "/credentials/{key}"])
def test_an_app_is_seen_by_its_owner_and_by_those_who_see_all(as_: As, scene: Scene, path: str) -> None:
    key = scene.key()
    app, _, key_id = key.partition("/credentials/")
    where = app + path.format(key=key_id)
    position = scene.olga.post(f"{key}/revoke", json=REASON).json()["position"]
    assert scene.olga.get(where, params={"min_position": position}).status_code == 200
    statuses = {who: ask(as_, who, Asked("GET", where)).status_code for who in PEOPLE}
    assert statuses == {
        "the owner": 200,
        "a service on behalf of the owner": 200,
        "another developer": 404,
        "an admin": 200,
        "an auditor": 200,
        "an analyst": 200,
        "a gateway": 403,
        "a service without roles": 403,
        "the system": 403,
    }


def test_nobody_is_answered_without_a_token(nobody: httpx.Client, scene: Scene) -> None:
    document = nobody.get("/openapi.json").json()
    open_to_all = {"/health", "/ready", "/v1/commands"}
    asked = 0
    for path, operations in document["paths"].items():
        if not path.startswith("/v1/") or path in open_to_all:
            continue
        if path.startswith("/v1/forward-auth/"):  # A client is told 401 of his own credential, never of the gateway's.
            assert nobody.get(path.replace("{product_id}", str(uuid4()))).status_code == 403
            continue
        for method in operations:
            where = path.replace("{", "").replace("}", "")
            for name in ("app_id", "credential_id", "product_id", "developer_id", "approval_id", "bulk_id", "command_id", "client_id"):
                where = where.replace(f"/{name}", f"/{uuid4()}")
            told = nobody.request(method.upper(), where, json={})
            assert (told.status_code, told.json()["code"]) == (401, "token_missing"), (method, path, told.text)
            asked += 1
    assert asked > 30
