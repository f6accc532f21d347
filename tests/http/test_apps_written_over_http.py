"""Apps written over HTTP: created at a first sign-in, edited where nobody was faster, and closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4, uuid5

import httpx
import pytest

from adapters.http.signing_in import FIRST_SIGN_IN
from adapters.identity.local_issuer import developer_id
from tests.http.conftest import As, command, is_problem

pytestmark = pytest.mark.usefixtures("follower")


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


def create(client: httpx.Client, /, **said: object) -> dict[str, str]:
    made = client.post("/v1/apps", json={"name": f"App {uuid4()}"} | said)
    assert made.status_code == 201, made.text
    told: dict[str, str] = made.json()
    return told


def seen(client: httpx.Client, told: dict[str, str]) -> httpx.Response:
    return client.get(f"/v1/apps/{told['app_id']}", params={"min_position": told["position"]})


def product(grace: httpx.Client, /, **said: object) -> str:
    made = grace.post("/v1/products", json={"name": f"Product {uuid4()}"} | said)
    assert made.status_code == 201, made.text
    return str(made.json()["product_id"])


def test_a_first_sign_in_registers_a_developer(as_: As) -> None:
    zoe = as_("developer:zoe")
    assert is_problem(zoe.get("/v1/developers/me"), 404, "developer_unknown")
    told = create(zoe, name="First")
    assert seen(zoe, told).json()["owner_name"] == "zoe"
    me = zoe.get("/v1/developers/me").json()
    assert me == {"developer_id": str(developer_id("zoe")), "name": "zoe", "email": "zoe@example.com", "status": "registered"}
    create(zoe, name="Second")


def test_many_first_writes_at_once_register_once(as_: As) -> None:
    yan = as_("developer:yan")
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda number: yan.post("/v1/apps", json={"name": f"App {number}"}), range(6)))
    assert {each.status_code for each in made} == {201}


def test_nobody_can_take_the_first_sign_in_of_another_away(as_: As, ada: httpx.Client) -> None:
    foreseen = {"id": str(uuid5(developer_id("vic"), FIRST_SIGN_IN))}
    assert is_problem(ada.post("/v1/commands", json=command("app.reinstate.v1", app_id=str(uuid4())) | foreseen), 404, "app_unknown")
    create(as_("developer:vic"))


def test_who_registered_otherwise_is_not_registered_again(as_: As) -> None:
    xia, xia_id = as_("developer:xia"), developer_id("xia")
    sent = command("developer.register.v1", developer_id=str(xia_id), name="Xia Li", email="x@example.com")
    assert xia.post("/v1/commands", json=sent).status_code == 200
    assert seen(xia, create(xia)).json()["owner_name"] == "Xia Li"


def test_a_token_without_name_and_email_is_told_what_to_send_instead(as_: As) -> None:
    nameless = as_("developer:a@b@c")
    assert is_problem(nameless.post("/v1/apps", json={"name": "x"}, headers={"idempotency-key": "k"}), 409, "profile_missing")
    half = nameless.patch("/v1/developers/me", json={"name": "Nameless"})
    assert is_problem(half, 422, "invalid")
    assert nameless.patch("/v1/developers/me", json={"name": "Nameless", "email": "n@example.com"}).status_code == 200
    assert nameless.post("/v1/apps", json={"name": "x"}, headers={"idempotency-key": "k"}).status_code == 201
    assert nameless.patch("/v1/developers/me", json={"name": "Named"}).status_code == 200
    assert nameless.get("/v1/developers/me").json()["name"] == "Named"


def test_an_admin_without_a_profile_administers_all_the_same(as_: As) -> None:
    assert as_("admin:d@e@f").post("/v1/products", json={"name": "By d"}).status_code == 201


def test_a_service_creates_for_whom_it_may_act(as_: As, ada: httpx.Client) -> None:
    create(ada)
    ada_id = developer_id("ada")
    service = as_("service:portal", may_act=[ada_id])
    told = service.post("/v1/apps", json={"name": "By a service"}, params={"onbehalfof": str(ada_id)}).json()
    assert seen(ada, told).json()["owner_id"] == str(ada_id)
    assert is_problem(service.post("/v1/apps", json={"name": "x"}, params={"onbehalfof": str(uuid4())}), 403, "may_not_act_for")
    without = service.post("/v1/apps", json={"name": "x"})
    assert is_problem(without, 422, "invalid")
    assert [error["field"] for error in without.json()["errors"]] == ["owner"]


def test_an_app_is_created_once_for_each_key(ada: httpx.Client) -> None:
    name = f"Once {uuid4()}"
    first, again = (ada.post("/v1/apps", json={"name": name}, headers={"idempotency-key": name}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.headers["location"] == f"/v1/apps/{first.json()['app_id']}"
    assert is_problem(ada.post("/v1/apps", json={"name": name}), 409, "name_taken")
    assert is_problem(ada.post("/v1/apps", json={"name": "Other"}, headers={"idempotency-key": name}), 409, "command_id_reused")


def test_what_is_given_changes_and_nothing_else(ada: httpx.Client) -> None:
    told = create(ada, description="old", attributes={"kept": "1", "gone": "2", "new": "3"}, callback_urls=["https://a.example/cb"])
    path = f"/v1/apps/{told['app_id']}"
    edited = ada.patch(path, json={"description": "better", "attributes": {"gone": None, "new": "4", "never": None}}).json()
    shown = seen(ada, edited).json()
    assert (shown["description"], shown["attributes"]) == ("better", {"kept": "1", "new": "4"})
    assert shown["callback_urls"] == ["https://a.example/cb"]
    assert is_problem(ada.patch(path, json={"attributes": {"": "x"}}), 422, "invalid")
    assert is_problem(ada.patch(path, json={"app_id": str(uuid4())}), 422, "invalid")


def test_an_edit_is_refused_where_somebody_was_faster(ada: httpx.Client) -> None:
    told = create(ada)
    path, etag = f"/v1/apps/{told['app_id']}", seen(ada, told).headers["etag"]
    assert ada.patch(path, json={"description": "one"}, headers={"if-match": etag}).status_code == 200
    assert is_problem(ada.patch(path, json={"description": "two"}, headers={"if-match": etag}), 412, "changed_meanwhile")
    assert ada.patch(path, json={"description": "two"}, headers={"if-match": "*"}).status_code == 200
    assert is_problem(ada.patch(path, json={"description": "three"}, headers={"if-match": "nonsense"}), 422, "invalid")
    assert is_problem(ada.delete(path, headers={"if-match": etag}), 412, "changed_meanwhile")


def test_of_many_edits_of_one_version_one_is_taken(ada: httpx.Client) -> None:
    told = create(ada)
    path, etag = f"/v1/apps/{told['app_id']}", seen(ada, told).headers["etag"]

    def edit(number: int) -> int:
        return ada.patch(path, json={"description": f"by {number}"}, headers={"if-match": etag}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(edit, range(8))) == [200] + [412] * 7


def test_what_is_known_already_is_not_sent_again_and_what_changed_is(ada: httpx.Client) -> None:
    told = create(ada)
    path, etag = f"/v1/apps/{told['app_id']}", seen(ada, told).headers["etag"]
    same = ada.get(path, headers={"if-none-match": etag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    key = ada.post(f"{path}/credentials", json={"kind": "api_key"}).json()
    changed = ada.get(path, params={"min_position": key["position"]}, headers={"if-none-match": etag})
    assert changed.status_code == 200
    revoked = ada.post(f"{path}/credentials/{key['credential_id']}/revoke", json={"reason": "x"}).json()
    etag = changed.headers["etag"]  # What is recorded of a credential is in another stream, and shown all the same.
    assert ada.get(path, params={"min_position": revoked["position"]}, headers={"if-none-match": etag}).status_code == 200


def test_products_are_asked_for_and_removed(ada: httpx.Client, grace: httpx.Client) -> None:
    free, other = product(grace, needs_approval=False), product(grace, needs_approval=False)
    told = create(ada, products=[free])
    path = f"/v1/apps/{told['app_id']}"
    added = ada.post(f"{path}/products", json={"products": [other]}).json()
    assert {each["product_id"] for each in seen(ada, added).json()["products"]} == {free, other}
    removed = ada.delete(f"{path}/products/{other}").json()
    assert [each["product_id"] for each in seen(ada, removed).json()["products"]] == [free]
    assert is_problem(ada.post(f"{path}/products", json={"products": [str(uuid4())]}), 404, "product_unknown")


def test_an_app_is_suspended_reinstated_and_deleted(ada: httpx.Client, grace: httpx.Client) -> None:
    told = create(ada)
    path = f"/v1/apps/{told['app_id']}"
    assert is_problem(ada.post(f"{path}/suspend", json={"reason": "x"}), 403, "not_allowed")
    assert seen(ada, grace.post(f"{path}/suspend", json={"reason": "spam"}).json()).json()["status_reason"] == "spam"
    assert seen(ada, grace.post(f"{path}/reinstate").json()).json()["status"] == "active"
    assert is_problem(ada.post(f"{path}/resubmit"), 409, "app_active")
    deleted = seen(ada, ada.delete(path, params={"reason": "done"}).json()).json()
    assert (deleted["status"], deleted["status_reason"]) == ("deleted", "done")
    assert is_problem(ada.delete(path, params={"reson": "done"}), 422, "invalid")
