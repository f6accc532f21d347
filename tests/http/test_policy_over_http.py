"""The conditional policy over HTTP: set, looked at, held against what apps ask for, and run again over what waits."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.http.conftest import As, is_problem
from tests.http.test_admin_over_http import every
from tests.http.test_apps_written_over_http import create, product, seen

pytestmark = pytest.mark.usefixtures("follower")
INTERNAL = {"name": "internal", "when": {"attributes": {"kind": "internal"}}, "then": "approve"}
HOSTS = {"name": "ours", "when": {"callback_hosts": {"all": ["*.example.com"]}}, "then": "approve", "when_changed": "stay_open"}
RULES = {"mode": "conditional", "rules": [INTERNAL, HOSTS]}


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def grace(as_: As) -> Iterator[httpx.Client]:
    grace = as_("admin:grace")
    yield grace
    grace.put("/v1/policy", json={"mode": "manual"})


def test_what_was_set_is_shown_as_it_was_said_and_may_be_set_again(ada: httpx.Client, grace: httpx.Client) -> None:
    assert grace.put("/v1/policy", json=RULES).status_code == 200
    shown = grace.get("/v1/policy").json()
    assert {name: shown[name] for name in RULES} == RULES
    again = {"mode": shown["mode"], "rules": shown["rules"], "based_on": shown["version"]}
    assert grace.put("/v1/policy", json=again).status_code == 200
    assert grace.get("/v1/policy").json() == shown
    assert is_problem(grace.put("/v1/policy", json={"mode": "auto", "based_on": 0}), 409, "policy_changed")


def test_developers_see_that_there_are_rules_and_not_which(ada: httpx.Client, grace: httpx.Client) -> None:
    grace.put("/v1/policy", json=RULES)
    shown = ada.get("/v1/policy").json()
    assert (shown["mode"], shown["rules"]) == ("conditional", None)
    assert is_problem(ada.get("/v1/policy/versions"), 403, "not_allowed")


def test_every_version_is_listed_with_who_set_it(as_: As, grace: httpx.Client) -> None:
    for said in ({"mode": "auto"}, RULES, {"mode": "manual"}):
        assert grace.put("/v1/policy", json=said).status_code == 200
    found = every(as_("auditor:kim"), "/v1/policy/versions")
    latest = grace.get("/v1/policy").json()["version"]
    assert [each["version"] for each in found] == list(range(latest, 0, -1))
    assert [(each["mode"], each["rules"]) for each in found[:3]] == [("manual", []), ("conditional", RULES["rules"]), ("auto", [])]
    assert str(found[0]["set_by"]).startswith("person:")
    assert every(grace, "/v1/policy/versions", limit="1") == found


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"mode": "conditional"}, ""),
        ({"mode": "conditional", "rules": []}, ""),
        ({"mode": "auto", "rules": [INTERNAL]}, ""),
        ({"mode": "conditional", "rules": [{**INTERNAL, "when": {"attributes": {"kind": 1}}}]}, "rules.0.when.attributes.kind.value"),
        ({"mode": "conditional", "rules": [{**INTERNAL, "if": {}}]}, "rules.0.if"),
        ({"mode": "conditional", "rules": [{**INTERNAL, "then": "reject"}]}, "rules.0"),
        ({"mode": "conditional", "rules": [INTERNAL, INTERNAL]}, "rules"),
        ({"mode": "conditional", "rules": [{"name": f"r{n}", "then": "review"} for n in range(201)]}, "rules"),
    ],
)
def test_a_rule_that_is_wrong_is_told_by_its_field(grace: httpx.Client, said: dict[str, object], field: str) -> None:
    problem = grace.put("/v1/policy", json=said)
    assert is_problem(problem, 422, "invalid")
    assert [each["field"] for each in problem.json()["errors"]] == [field]


def test_a_change_of_an_app_that_a_rule_let_in_sends_it_back_to_review(ada: httpx.Client, grace: httpx.Client) -> None:
    grace.put("/v1/policy", json=RULES)
    app = create(ada, attributes={"kind": "internal"}, products=[product(grace)])
    before = seen(ada, app).json()
    assert (before["status"], before["open_approval_id"]) == ("active", None)
    path = f"/v1/apps/{app['app_id']}"
    assert ada.patch(path, json={"description": "new"}).status_code == 200
    returned = seen(ada, ada.patch(path, json={"attributes": {"kind": "other"}}).json()).json()
    assert returned["status"] == "active"
    assert [each["status"] for each in returned["products"]] == ["pending"]
    assert returned["open_approval_id"] is not None
    (waiting,) = every(grace, "/v1/approvals", app_id=app["app_id"])
    assert waiting["approval_id"] == returned["open_approval_id"]
    again = seen(ada, ada.patch(path, json={"attributes": {"kind": "internal"}}).json()).json()
    assert [each["status"] for each in again["products"]] == ["approved"]


def test_what_waits_is_run_over_by_a_new_policy_on_demand(ada: httpx.Client, grace: httpx.Client) -> None:
    grace.put("/v1/policy", json={"mode": "manual"})
    app = create(ada, attributes={"kind": "internal"}, products=[product(grace)])
    approval = seen(ada, app).json()["open_approval_id"]
    grace.put("/v1/policy", json=RULES)
    assert seen(ada, app).json()["status"] == "pending"
    path = f"/v1/approvals/{approval}/reevaluate"
    assert is_problem(ada.post(path), 403, "not_allowed")
    done = grace.post(path)
    assert done.status_code == 200, done.text
    assert seen(ada, done.json()).json()["status"] == "active"
    assert is_problem(grace.post(path), 409, "already_decided")
    assert is_problem(grace.post(f"/v1/approvals/{uuid4()}/reevaluate"), 404, "approval_unknown")


def test_what_returned_to_review_opens_nothing_from_the_acknowledgement_on(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    grace.put("/v1/policy", json=RULES)
    gateway, guarded = as_("gateway:edge"), product(grace)
    app = create(ada, attributes={"kind": "internal"}, products=[guarded])
    path = f"/v1/apps/{app['app_id']}"
    key = ada.post(f"{path}/credentials", json={"kind": "api_key"}).json()["secret"]

    def reason() -> object:
        return gateway.post("/v1/verify", json={"credential": key, "product_id": guarded}).json().get("reason")

    assert reason() is None
    changed = ada.patch(path, json={"callback_urls": ["https://evil.example.net/"], "attributes": {"kind": None}})
    assert reason() == "product_not_approved"
    approval = seen(ada, changed.json()).json()["open_approval_id"]
    verdict = {"decisions": [{"product_id": guarded, "verdict": "grant"}]}
    assert grace.post(f"/v1/approvals/{approval}/decide", json=verdict).status_code == 200
    assert reason() is None
