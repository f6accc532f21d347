"""Who may do what over HTTP: every role at every resource, of one's own and of others, against the one table of the commands' tests."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx
import pytest

from commands.catalogue import CATALOGUE
from tests.http.conftest import As
from tests.who_may import ASKERS, LATER, OWN, OWNER, VERBS, WHY, Asker, Data, Scene, cases
from tests.who_may_in_teams import TEAM_VERBS, TeamScene
from tests.who_may_in_teams import cases as team_cases

pytestmark = pytest.mark.usefixtures("follower")
APP, CREDENTIAL, APPROVAL = "/v1/apps/{app_id}", "/v1/apps/{app_id}/credentials/{credential_id}", "/v1/approvals/{approval_id}"
TEAM, MEMBER, OFFER = "/v1/teams/{team_id}", "/v1/teams/{team_id}/members/{developer_id}", f"{APP}/credential-offers/{{offer_id}}"
RESOURCES = {
    "developer.deactivate.v1": "POST /v1/developers/{developer_id}/deactivate",
    "product.add.v1": "POST /v1/products",
    "product.change.v1": "PATCH /v1/products/{product_id}",
    "product.retire.v1": "POST /v1/products/{product_id}/retire",
    "policy.set.v1": "PUT /v1/policy",
    "app.create.v1": "POST /v1/apps",
    "app.edit.v1": f"PATCH {APP}",
    "app.set_attributes.v1": f"PATCH {APP}",
    "app.remove_attributes.v1": f"PATCH {APP}",
    "app.add_products.v1": f"POST {APP}/products",
    "app.remove_products.v1": f"DELETE {APP}/products/{{products[0]}}",
    "app.resubmit.v1": f"POST {APP}/resubmit",
    "app.suspend.v1": f"POST {APP}/suspend",
    "app.reinstate.v1": f"POST {APP}/reinstate",
    "app.delete.v1": f"DELETE {APP}",
    "credential.issue.v1": f"POST {APP}/credentials",
    "credential.rotate.v1": f"POST {CREDENTIAL}/rotate",
    "credential.end_overlap.v1": f"POST {CREDENTIAL}/end-overlap",
    "credential.revoke.v1": f"POST {CREDENTIAL}/revoke",
    "credential.claim.v1": f"POST {CREDENTIAL}/claim",
    "credential.demand_rotation.v1": f"POST {CREDENTIAL}/demand-rotation",
    "app.offer_transfer.v1": f"POST {APP}/transfer",
    "app.withdraw_transfer.v1": f"DELETE {APP}/transfer",
    "app.accept_transfer.v1": f"POST {APP}/transfer/accept",
    "app.decline_transfer.v1": f"POST {APP}/transfer/decline",
    "credential.offer.v1": f"POST {APP}/credential-offers",
    "credential.withdraw_offer.v1": f"DELETE {OFFER}",
    "credential.take_offer.v1": f"POST {OFFER}/take",
    "team.create.v1": "POST /v1/teams",
    "team.rename.v1": f"PATCH {TEAM}",
    "team.invite.v1": f"POST {TEAM}/invitations",
    "team.withdraw_invitation.v1": f"DELETE {TEAM}/invitations/{{developer_id}}",
    "team.promote.v1": f"POST {MEMBER}/promote",
    "team.demote.v1": f"POST {MEMBER}/demote",
    "team.remove.v1": f"DELETE {MEMBER}",
    "approval.assign.v1": f"POST {APPROVAL}/assign",
    "approval.comment.v1": f"POST {APPROVAL}/comments",
    "approval.decide.v1": f"POST {APPROVAL}/decide",
    "approval.reevaluate.v1": f"POST {APPROVAL}/reevaluate",
    "approval.withdraw.v1": f"POST {APPROVAL}/withdraw",
    "bulk.prepare.v1": "POST /v1/bulk",
    "bulk.start.v1": "POST /v1/bulk/{bulk_id}/start",
    "bulk.stop.v1": "POST /v1/bulk/{bulk_id}/stop",
}
"""Where each command is sent as a request to a resource."""
MADE_HERE = {
    "product.add.v1": {"product_id"},
    "app.create.v1": {"app_id"},
    "bulk.prepare.v1": {"bulk_id"},
    "credential.issue.v1": {"credential_id", "secret_digest"},
    "credential.rotate.v1": {"successor_id", "secret_digest"},
    "credential.claim.v1": {"secret_digest"},
    "credential.offer.v1": {"offer_id"},
    "credential.take_offer.v1": {"credential_id", "secret_digest", "rotates"},
    "team.create.v1": {"team_id"},
}
"""What the server makes where a sender over the bus makes it himself."""
BY_NOBODY_HERE = {
    *("credential.expire.v1", "credential.miss_rotation.v1"),
    *("bulk.freeze_part.v1", "bulk.freeze.v1", "bulk.report_part.v1", "bulk.finish.v1"),
    *("notice.raise.v1", "notice.record_delivery.v1", "notice.record_failure.v1"),
}
"""What the system does by itself has no resource."""
OF_ONESELF = {
    *("developer.register.v1", "developer.change.v1", "team.join.v1", "team.leave.v1"),
    *("notice.redeliver.v1", "notice.mark_read.v1", "preferences.set.v1", "webhook.register.v1", "webhook.remove.v1"),
}
"""/v1/developers/me, who joins or leaves a team, and whose inbox, preferences and webhooks are meant, is never somebody else."""


@pytest.fixture(scope="module")
def known(as_: As) -> As:
    """The same client for the same one: a new one takes longer than what it asks."""
    clients: dict[tuple[str, tuple[UUID, ...]], httpx.Client] = {}

    def client(who: str, may_act: Sequence[UUID] = ()) -> httpx.Client:
        key = who, tuple(may_act)
        if key not in clients:
            clients[key] = as_(who, may_act)
        return clients[key]

    return client


@pytest.fixture(scope="module")
def scene(known: As) -> Scene:
    def send(name: str, data: Data, by: str, command_id: UUID) -> None:
        told = known(by).post("/v1/commands", json={"id": str(command_id), "type": name, "data": data})
        assert told.status_code == 200, told.text

    return Scene(send)


def test_every_command_has_its_resource() -> None:
    assert RESOURCES.keys() | BY_NOBODY_HERE | OF_ONESELF == CATALOGUE.keys()


def ask(known: As, asker: Asker, method: str, path: str, said: Data | None = None) -> httpx.Response:
    client = known(asker.token, may_act=asker.may_act)
    return client.request(method, path, json=said, params={} if asker.acts_for is None else {"onbehalfof": str(asker.acts_for)})


def request_of(name: str, data: Data) -> tuple[str, str, Data | None]:
    """The request that says the same as that command."""
    method, _, path = RESOURCES[name].partition(" ")
    left = {field: said for field, said in data.items() if f"{{{field}" not in path and field not in MADE_HERE.get(name, ())}
    if name == "app.remove_attributes.v1":
        left = {"attributes": dict.fromkeys(left["names"])}
    return method, path.format(**data), left or None


@pytest.mark.parametrize("name", [name for name in RESOURCES if name in VERBS])
def test_each_resource_is_for_whom_the_table_says_and_for_nobody_else(known: As, scene: Scene, name: str) -> None:
    for asker, data, code in cases(scene, name):
        told = ask(known, asker, *request_of(name, data))
        if code is None:
            assert told.status_code in {200, 201}, (asker.name, told.text)
        else:
            status = 409 if code == "not_due" else 403
            assert (told.status_code, told.json()["code"]) == (status, code), (asker.name, told.text)


TEAM_RESOURCES = {name: resource for name, resource in RESOURCES.items() if name in TEAM_VERBS}


@pytest.fixture(scope="module")
def team_scene(known: As) -> TeamScene:
    def send(name: str, data: Data, by: str, command_id: UUID) -> None:
        told = known(by).post("/v1/commands", json={"id": str(command_id), "type": name, "data": data})
        assert told.status_code == 200, told.text

    return TeamScene(send)


@pytest.mark.parametrize("name", TEAM_RESOURCES)
def test_each_resource_of_a_team_is_for_whom_the_table_says_and_for_nobody_else(known: As, team_scene: TeamScene, name: str) -> None:
    for asker, data, code in team_cases(team_scene, name):
        told = ask(known, asker, *request_of(name, data))
        if code is None:
            assert told.status_code in {200, 201}, (asker.name, told.text)
        else:
            status = 409 if code == "not_due" else 403
            assert (told.status_code, told.json()["code"]) == (status, code), (asker.name, told.text)


def test_many_demands_at_once_are_for_admins_alone(known: As, scene: Scene) -> None:
    demand = WHY | {"deadline": LATER, "credentials": [scene.key()]}
    for asker in ASKERS:
        told = ask(known, asker, "POST", "/v1/rotation-demands", demand)
        assert told.status_code == (200 if "an admin" in asker.rows else 403), (asker.name, told.text)


SEES_ALL = {"an admin", "an auditor", "an analyst"}


@pytest.mark.parametrize("path", [APP, f"{APP}/credentials", CREDENTIAL])
def test_an_app_is_seen_by_its_owner_and_by_those_who_see_all(known: As, scene: Scene, path: str) -> None:
    key = scene.key()
    owner = known(f"developer:{OWNER}")
    position = owner.post(f"{CREDENTIAL.format(**key)}/revoke", json=WHY).json()["position"]
    where = path.format(**key)
    assert owner.get(where, params={"min_position": position}).status_code == 200
    for asker in ASKERS:
        told = ask(known, asker, "GET", where).status_code
        if asker.whose == OWN or asker.rows & SEES_ALL:
            assert told == 200, asker.name
        else:  # To another developer there is no such app; who is nobody's developer is told that.
            assert told == (403 if asker.rows & {"a gateway", "a service without roles", "the system"} else 404), asker.name


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
            for name in (
                "app_id",
                "credential_id",
                "product_id",
                "developer_id",
                "approval_id",
                "command_id",
                "client_id",
                "team_id",
                "offer_id",
                "bulk_id",
            ):
                where = where.replace(f"/{name}", f"/{uuid4()}")
            told = nobody.request(method.upper(), where, json={})
            assert (told.status_code, told.json()["code"]) == (401, "token_missing"), (method, path, told.text)
            asked += 1
    assert asked > 30
