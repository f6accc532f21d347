"""A draft of the policy, tried over past requests over HTTP: totals, what would be otherwise, and nothing changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.http.conftest import As, is_problem
from tests.http.test_apps_written_over_http import create, product

pytestmark = pytest.mark.usefixtures("follower")
REQUESTS = 5


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


@pytest.fixture(scope="module")
def tried(as_: As, grace: httpx.Client) -> dict[str, Any]:
    """Five requests, of which a person granted the first and rejected the second; the position after them."""
    ada, guarded = as_("developer:ada"), product(grace)
    apps = [create(ada, products=[guarded], attributes={"n": str(number)}) for number in range(REQUESTS)]
    opened = [
        grace.get("/v1/approvals", params={"app_id": each["app_id"], "min_position": each["position"]}).json()["items"][0] for each in apps
    ]
    yes, no = {"verdict": "grant"}, {"verdict": "reject", "reason": "no"}
    position = 0
    for each, verdict in zip(opened, (yes, no), strict=False):
        decided = grace.post(f"/v1/approvals/{each['approval_id']}/decide", json={"decisions": [{"product_id": guarded, **verdict}]})
        assert decided.status_code == 200, decided.text
        position = decided.json()["position"]
    return {"position": position, "apps": [each["app_id"] for each in apps], "product": guarded}


def draft(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"mode": "conditional", "rules": list(rules)}


def of(tried: dict[str, Any], *numbers: int) -> dict[str, Any]:
    return {"products": [tried["product"]], "attributes": {"n": [str(number) for number in numbers]}}


def test_a_draft_is_tried_and_tells_what_would_be_otherwise(grace: httpx.Client, tried: dict[str, Any]) -> None:
    before = grace.get("/v1/policy").json()
    said = draft({"name": "some", "when": of(tried, 0, 1, 2), "then": "approve"})
    told = grace.post("/v1/policy/try", json=said, params={"min_position": tried["position"]})
    assert told.status_code == 200, told.text
    trial = told.json()
    assert (trial["requests"], trial["otherwise"], trial["against_a_person"]) == (REQUESTS, 3, 1)
    assert {
        (each["outcome"], each["would_be"], each["requests"], each["otherwise"], each["against_a_person"]) for each in trial["turns"]
    } == {
        ("waiting", "review", 2, False, False),
        ("waiting", "approve", 1, True, False),
        ("approved", "approve", 1, True, False),
        ("rejected", "approve", 1, True, True),
    }
    assert [each["app_id"] for each in trial["items"]] == list(reversed(tried["apps"][:3]))
    newest = trial["items"][0]
    assert (newest["was"], newest["would_be"], newest["would_be_rule"], newest["product_id"]) == (
        "review",
        "approve",
        "some",
        tried["product"],
    )
    assert grace.get("/v1/policy").json() == before


def test_it_is_listed_page_by_page_and_only_what_goes_against_people_where_that_is_asked(
    grace: httpx.Client, tried: dict[str, Any]
) -> None:
    said = draft({"name": "all", "when": {"products": [tried["product"]]}, "then": "approve"})
    found: list[str] = []
    asked: dict[str, Any] = {"limit": 2, "min_position": tried["position"]}
    while True:
        page = grace.post("/v1/policy/try", json=said, params=asked).json()
        assert (page["turns"] is None) is ("cursor" in asked)
        found += [each["app_id"] for each in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert found == list(reversed(tried["apps"]))
    only = grace.post("/v1/policy/try", json=said, params={"only": "against_a_person"}).json()
    assert [each["app_id"] for each in only["items"]] == [tried["apps"][1]]
    assert only["otherwise"] == REQUESTS


def test_it_is_for_portal_admins_and_told_what_is_wrong_in_it(as_: As, grace: httpx.Client) -> None:
    for who in ("developer:ada", "auditor:kim", "analyst:anna"):
        assert is_problem(as_(who).post("/v1/policy/try", json={"mode": "auto"}), 403, "not_allowed")
    wrong = grace.post("/v1/policy/try", json=draft({"name": "x", "then": "agree"}))
    assert is_problem(wrong, 422, "invalid")
    assert [each["field"] for each in wrong.json()["errors"]] == ["rules.0.then"]
    assert is_problem(grace.post("/v1/policy/try", json={"mode": "auto"}, params={"cursor": "x"}), 422, "invalid")
    assert is_problem(grace.post("/v1/policy/try", json={"mode": "auto"}, params={"onli": str(uuid4())}), 422, "invalid")
