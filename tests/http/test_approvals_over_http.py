"""The queue over HTTP: what reviewers see and developers don't, who looks after what, and two admins who decide at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.identity.local_issuer import developer_id
from tests.http.conftest import As, is_problem
from tests.http.test_admin_over_http import every
from tests.http.test_apps_written_over_http import create, product

pytestmark = pytest.mark.usefixtures("follower")
RACES = 15


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


def waiting(ada: httpx.Client, *products: str) -> str:
    """The path of an approval in which these wait."""
    app = create(ada, products=list(products))
    (found,) = every(ada, "/v1/approvals", app_id=app["app_id"], min_position=str(app["position"]))
    return f"/v1/approvals/{found['approval_id']}"


def after(client: httpx.Client, path: str, written: httpx.Response) -> dict[str, Any]:
    """How it stands after that."""
    assert written.status_code == 200, written.text
    shown = client.get(path, params={"min_position": written.json()["position"]})
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


def grants(*products: str) -> dict[str, object]:
    return {"decisions": [{"product_id": each, "verdict": "grant"} for each in products]}


def test_an_approval_is_assigned_noted_on_and_decided(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    guarded = product(grace)
    path = waiting(ada, guarded)
    hana = str(developer_id("hana"))
    assert after(grace, path, grace.post(f"{path}/assign", json={"assignee": hana}))["assignee"] == hana
    noted = after(grace, path, grace.post(f"{path}/comments", json={"text": "with legal"}))
    assert [(each["text"], each["commented_by"]) for each in noted["comments"]] == [("with legal", f"person:{developer_id('grace')}")]
    (listed,) = every(grace, "/v1/approvals", assignee=hana)
    assert (listed["comments"], listed["last_comment"]) == (1, "with legal")
    shown = after(grace, path, grace.post(f"{path}/decide", json=grants(guarded) | {"comment": "welcome"}))
    assert (shown["status"], shown["decision_comment"], shown["decided_by"]) == ("granted", "welcome", f"person:{developer_id('grace')}")
    assert [(each["status"], each["decided_by"]) for each in shown["products"]] == [("approved", "person")]
    assert every(grace, "/v1/approvals", assignee=hana) == []
    assert is_problem(grace.post(f"{path}/assign", json={"assignee": None}), 409, "already_decided")
    assert is_problem(ada.post(f"{path}/comments", json={"text": "please"}), 403, "not_allowed")
    assert is_problem(ada.post(f"{path}/assign", json={"assignee": None}), 403, "not_allowed")
    assert is_problem(grace.post(f"{path}/comments", json={"text": ""}), 422, "invalid")


def test_reviewers_see_the_whole_input_and_developers_neither_it_nor_notes(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    path = waiting(ada, product(grace))
    app = ada.get(path).json()["app_id"]
    noted = grace.post(f"{path}/comments", json={"text": "hm"})
    shown = after(grace, path, noted)
    (answered,) = shown["answers"]
    assert (answered["kind"], answered["answer"], answered["policy_version"]) == ("asked", "review", answered["policy_version"])
    assert answered["input"]["owner"] == {"kind": "developer", "id": str(developer_id("ada"))}
    assert as_("auditor:kim").get(path).json() == shown
    mine = after(ada, path, noted)
    assert (mine["answers"], mine["comments"], mine["assignee"]) == (None, None, None)
    assert mine["products"] == shown["products"]
    (listed,) = every(ada, "/v1/approvals", app_id=app)
    assert (listed["comments"], listed["last_comment"], listed["assignee"]) == (None, None, None)
    assert is_problem(as_("developer:bob").get(path), 404, "approval_unknown")
    assert is_problem(grace.get(f"/v1/approvals/{uuid4()}"), 404, "approval_unknown")


def test_the_queue_shows_what_was_held_against_the_owner(as_: As, grace: httpx.Client) -> None:
    olga = as_("developer:olga")
    guarded = product(grace)
    path = waiting(olga, guarded)
    no = {"decisions": [{"product_id": guarded, "verdict": "reject", "reason": "no contract"}]}
    assert grace.post(f"{path}/decide", json=no).status_code == 200
    suspended = create(olga)
    assert grace.post(f"/v1/apps/{suspended['app_id']}/suspend", json={"reason": "abuse"}).status_code == 200
    again = create(olga, products=[guarded])
    (shown,) = every(grace, "/v1/approvals", app_id=again["app_id"], min_position=str(again["position"]))
    assert (shown["owner_rejections"], shown["owner_suspensions"]) == (1, 1)


def test_of_two_admins_who_decide_at_once_one_decides_and_the_other_is_told_who(as_: As, ada: httpx.Client, grace: httpx.Client) -> None:
    guarded = product(grace)
    admins = {"grace": grace, "hana": as_("admin:hana")}
    no = {"decisions": [{"product_id": guarded, "verdict": "reject", "reason": "no contract"}]}
    says = {"grace": grants(guarded), "hana": no}
    first: list[str] = []
    for _ in range(RACES):
        path = waiting(ada, guarded)
        start = threading.Barrier(2)

        def decide(name: str, path: str = path, start: threading.Barrier = start) -> httpx.Response:
            start.wait()
            return admins[name].post(f"{path}/decide", json=says[name])

        with ThreadPoolExecutor(2) as threads:
            told = dict(zip(admins, threads.map(decide, admins), strict=True))
        (winner,) = [name for name, response in told.items() if response.status_code == 200]
        (loser,) = admins.keys() - {winner}
        assert is_problem(told[loser], 409, "already_decided")
        assert f"person:{developer_id(winner)} decided this at " in told[loser].json()["detail"]
        shown = after(grace, path, told[winner])
        assert shown["status"] == {"grace": "granted", "hana": "rejected"}[winner]
        assert UUID(shown["decided_by"].removeprefix("person:")) == developer_id(winner)
        first.append(winner)
    assert len(first) == RACES
