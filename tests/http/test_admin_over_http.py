"""What portal admins do over HTTP: the catalogue, the policy, approvals, developers, and rotations that they demand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.identity.local_issuer import developer_id
from tests.http.conftest import As, is_problem
from tests.http.test_apps_written_over_http import create, product, seen

pytestmark = pytest.mark.usefixtures("follower")
SOON = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


def every(client: httpx.Client, path: str, /, **asked: object) -> list[dict[str, object]]:
    """All items of a list, two a page."""
    items: list[dict[str, object]] = []
    cursor = None
    while True:
        page = client.get(path, params={**asked, "limit": 2, **({"cursor": cursor} if cursor else {})}).json()  # type: ignore[dict-item]
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_the_catalogue_is_seen_by_everybody_and_changed_by_admins(ada: httpx.Client, grace: httpx.Client, nobody: httpx.Client) -> None:
    category = f"c{uuid4()}"
    made = [product(grace, name=f"Map {number}", category=category) for number in range(5)]
    changed = grace.patch(f"/v1/products/{made[0]}", json={"description": "Maps."}).json()
    retired = grace.post(f"/v1/products/{made[1]}/retire", json={"reason": "old"}).json()
    listed = every(ada, "/v1/products", category=category, min_position=retired["position"])
    assert [each["product_id"] for each in listed] == made
    assert [each["status"] for each in listed] == ["offered", "retired", "offered", "offered", "offered"]
    assert len(every(ada, "/v1/products", category=category, status="retired")) == 1
    shown = ada.get(f"/v1/products/{made[0]}", params={"min_position": changed["position"]}).json()
    assert shown["description"] == "Maps."
    assert is_problem(ada.get(f"/v1/products/{uuid4()}"), 404, "product_unknown")
    assert is_problem(ada.post("/v1/products", json={"name": "Mine"}), 403, "not_allowed")
    assert is_problem(ada.get("/v1/products", params={"category": "\x00"}), 422, "invalid")
    assert is_problem(
        ada.get("/v1/products", params={"cursor": "WyJcdTAwMDAiLCAiMGY0Y2UwZTQtMmYwYi01YmQwLThhNWUtNWQ2ZjhiM2U3YTEwIl0="}), 422, "invalid"
    )
    assert is_problem(nobody.get("/v1/products"), 401, "token_missing")


def test_the_policy_is_replaced_where_nobody_was_faster(ada: httpx.Client, grace: httpx.Client) -> None:
    before = ada.get("/v1/policy")
    assert before.json()["mode"] == "manual"
    etag = before.headers["etag"]
    assert is_problem(ada.put("/v1/policy", json={"mode": "auto"}), 403, "not_allowed")
    assert grace.put("/v1/policy", json={"mode": "auto"}, headers={"if-match": etag}).status_code == 200
    assert is_problem(grace.put("/v1/policy", json={"mode": "manual"}, headers={"if-match": etag}), 412, "changed_meanwhile")
    assert ada.get("/v1/policy").json() == {"version": before.json()["version"] + 1, "mode": "auto", "rules": None}
    assert grace.put("/v1/policy", json={"mode": "manual"}).status_code == 200


def test_an_approval_waits_is_decided_and_withdrawn(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    guarded = product(grace)
    apps = [create(ada, products=[guarded]) for _ in range(3)]
    opened = [seen(ada, app).json()["open_approval_id"] for app in apps]
    waiting = every(ada, "/v1/approvals")
    assert [each["approval_id"] for each in waiting] == opened
    assert [each["product_id"] for each in waiting[0]["products"]] == [guarded]  # type: ignore[attr-defined]
    assert every(as_("developer:bob"), "/v1/approvals") == []
    assert {each["approval_id"] for each in every(grace, "/v1/approvals")} >= set(opened)
    assert len(every(grace, "/v1/approvals", app_id=apps[0]["app_id"])) == 1
    verdict = {"decisions": [{"product_id": guarded, "verdict": "grant"}]}
    assert is_problem(ada.post(f"/v1/approvals/{opened[0]}/decide", json=verdict), 403, "not_allowed")
    decided = grace.post(f"/v1/approvals/{opened[0]}/decide", json=verdict)
    assert decided.status_code == 200, decided.text
    assert seen(ada, decided.json()).json()["status"] == "active"
    other = {"decisions": [{"product_id": guarded, "verdict": "reject", "reason": "no"}]}
    assert is_problem(grace.post(f"/v1/approvals/{opened[0]}/decide", json=other), 409, "already_decided")
    withdrawn = ada.post(f"/v1/approvals/{opened[1]}/withdraw").json()
    assert seen(ada, withdrawn).json()["open_approval_id"] is None
    named = ada.post(f"/v1/approvals/{opened[2]}/withdraw", json={"app_id": apps[2]["app_id"]})
    assert named.status_code == 200
    assert is_problem(grace.post(f"/v1/approvals/{uuid4()}/decide", json=verdict), 404, "approval_unknown")


def test_developers_are_listed_for_admins_and_deactivated_for_good(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    leaver = as_("developer:leaver")
    create(leaver)
    told = create(leaver)
    leaver_id = str(developer_id("leaver"))
    listed = {each["developer_id"]: each for each in every(grace, "/v1/developers", min_position=told["position"])}
    assert (listed[leaver_id]["name"], listed[leaver_id]["apps"]) == ("leaver", 2)
    assert "email" not in listed[leaver_id]
    assert is_problem(ada.get("/v1/developers"), 403, "not_allowed")
    assert as_("auditor:otto").get("/v1/developers").status_code == 200
    path = f"/v1/developers/{leaver_id}/deactivate"
    assert is_problem(leaver.post(path, json={"reason": "x"}), 403, "not_allowed")
    done = grace.post(path, json={"reason": "left"}).json()
    assert is_problem(leaver.post("/v1/apps", json={"name": "One more"}), 403, "deactivated")
    left = every(grace, "/v1/developers", status="deactivated", min_position=done["position"])
    assert [each["developer_id"] for each in left] == [leaver_id]


def key_of(client: httpx.Client, app: dict[str, str]) -> dict[str, str]:
    made: dict[str, str] = client.post(f"/v1/apps/{app['app_id']}/credentials", json={"kind": "api_key"}).json()
    return made


def demand(client: httpx.Client, position: object = 0, /, **said: object) -> httpx.Response:
    asked = {"min_position": str(position)}
    return client.post("/v1/rotation-demands", params=asked, json={"deadline": SOON.isoformat(), "reason": "a leak"} | said)


def test_many_rotations_are_demanded_at_once_and_met_by_their_owners(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    app = create(ada)
    keys = [key_of(ada, app) for _ in range(3)]
    named = [{"app_id": app["app_id"], "credential_id": key["credential_id"]} for key in keys]
    unknown = {"app_id": app["app_id"], "credential_id": str(uuid4())}
    assert is_problem(demand(ada, credentials=named), 403, "not_allowed")
    told = demand(grace, credentials=[*named, unknown]).json()
    assert [each["outcome"] for each in told["outcomes"]] == ["accepted"] * 3 + ["refused"]
    assert (told["outcomes"][3]["code"], told["more"]) == ("credential_unknown", False)
    position = told["outcomes"][2]["position"]
    ids = [key["credential_id"] for key in keys]
    open_ = every(ada, "/v1/rotation-demands", min_position=position)
    assert {each["credential_id"] for each in open_} == set(ids)
    assert {(each["then"], each["reason"], each["missed"]) for each in open_} == {("report", "a leak", False)}
    assert every(as_("developer:bob"), "/v1/rotation-demands") == []
    assert every(ada, "/v1/rotation-demands", missed=True) == []
    rotated = ada.post(f"/v1/apps/{app['app_id']}/credentials/{ids[0]}/rotate").json()
    left = every(grace, "/v1/rotation-demands", min_position=rotated["position"])
    assert {each["credential_id"] for each in left} >= set(ids[1:])
    assert ids[0] not in {each["credential_id"] for each in left}


def test_rotations_are_demanded_by_product_and_by_owner(as_: As, grace: httpx.Client) -> None:
    carl = as_("developer:carl")
    free = product(grace, needs_approval=False)
    with_it, without = create(carl, products=[free]), create(carl)
    one, two = key_of(carl, with_it), key_of(carl, without)
    by_product = demand(grace, two["position"], product_id=free, then="revoke").json()["outcomes"]
    assert [(each["credential_id"], each["outcome"]) for each in by_product] == [(one["credential_id"], "accepted")]
    position = by_product[0]["position"]
    asked = {"deadline": SOON.isoformat(), "reason": "he left", "owner_id": str(developer_id("carl"))}
    by_owner, again = (
        grace.post("/v1/rotation-demands", json=asked, headers={"idempotency-key": "o"}, params={"min_position": position}).json()
        for _ in range(2)
    )
    assert {each["credential_id"] for each in by_owner["outcomes"]} == {one["credential_id"], two["credential_id"]}
    assert all(each in by_owner["outcomes"] for each in again["outcomes"])
    assert demand(grace, product_id=str(uuid4())).json() == {"outcomes": [], "more": False}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, ""),
        ({"credentials": []}, "credentials"),
        ({"credentials": [{"app_id": str(UUID(int=1))}]}, "credentials.0.credential_id"),
        ({"owner_id": str(UUID(int=1)), "credentials": [{"app_id": str(UUID(int=1)), "credential_id": str(UUID(int=1))}]}, ""),
        ({"owner_id": str(UUID(int=1)), "deadline": "soon"}, "deadline"),
        ({"owner_id": str(UUID(int=1)), "nonsense": 1}, "nonsense"),
    ],
)
def test_a_demand_that_is_not_well_formed(grace: httpx.Client, said: dict[str, object], field: str) -> None:
    answered = demand(grace, **said)
    assert is_problem(answered, 422, "invalid")
    assert answered.json()["errors"][0]["field"] == field
