"""Bulk runs over HTTP: the list, the start, the progress, each target's outcome; and who may see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import developer_id
from adapters.postgres.codec import EventCodec
from adapters.postgres.following import Follower
from adapters.workers.bulk import BulkWorker, fills_bulk
from tests.http.conftest import As, create_app, is_problem, register

pytestmark = pytest.mark.usefixtures("follower", "reacting")


@pytest.fixture(scope="module")
def reacting(launchpad: Launchpad) -> Iterator[None]:
    """Bulk runs are followed and worked at while the module's tests run."""
    follower = Follower(launchpad.settings.database, fills_bulk(EventCodec(launchpad.vault.personal_data)))
    with follower, BulkWorker(launchpad.settings.database, launchpad.pool, launchpad.log) as worker:
        yield
    assert worker.failed is None


def when(client: httpx.Client, run: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """The run, once it stands so."""
    deadline = time.monotonic() + 30
    while True:
        answered = client.get(f"/v1/bulk/{run['bulk_id']}", params={"min_position": run["position"]})
        assert answered.status_code == 200, answered.text
        found: dict[str, Any] = answered.json()
        if found["status"] in statuses:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def apps_of(as_: As, name: str, count: int) -> tuple[str, list[str]]:
    """A new developer with so many apps; his id, and theirs."""
    client = as_(f"developer:{name}")
    owner = register(client, name)
    return str(owner), [create_app(client, owner, f"App {number}")[0] for number in range(count)]


def test_a_run_from_its_list_to_its_undo(as_: As) -> None:
    grace = as_("admin:grace")
    owner, apps = apps_of(as_, "rita", 3)
    assert grace.post(f"/v1/apps/{apps[0]}/suspend", json={"reason": "earlier"}).status_code == 200
    order = {"action": "suspend", "reason": "spam", "criteria": {"owner_id": owner}}
    made = grace.post("/v1/bulk", json=order, headers={"idempotency-key": "once"})
    assert (made.status_code, made.headers["location"]) == (201, f"/v1/bulk/{made.json()['bulk_id']}")
    assert grace.post("/v1/bulk", json=order, headers={"idempotency-key": "once"}).json() == made.json()
    run = when(grace, made.json(), "prepared")
    assert (run["targets"], run["would_do"], run["would_be_so"], run["would_be_refused"]) == (3, 2, 1, {})
    where = f"/v1/bulk/{run['bulk_id']}"
    odd = grace.get(f"{where}/items", params={"foreseen": "already_so"}).json()["items"]
    assert [(each["id"], each["result"], each["command_id"]) for each in odd] == [(apps[0], "waiting", None)]

    started = grace.post(f"{where}/start").json()
    run = when(grace, started, "finished")
    assert (run["done"], run["already_so"], run["refused"], run["started_by"]) == (2, 1, {}, str(developer_id("grace")))
    first = grace.get(f"{where}/items", params={"limit": 2}).json()
    rest = grace.get(f"{where}/items", params={"limit": 2, "cursor": first["next"]}).json()
    items = first["items"] + rest["items"]
    assert ({each["id"] for each in items}, rest["next"]) == (set(apps), None)
    for each in items:
        outcome = grace.get(f"/v1/commands/{each['command_id']}").json()
        assert outcome["outcome"] == "accepted"
    assert grace.get(f"/v1/apps/{apps[1]}", params={"min_position": started["position"]}).json()["status"] == "suspended"
    assert grace.get("/v1/bulk").json()["items"][0]["bulk_id"] == run["bulk_id"]

    undo = grace.post(f"{where}/undo").json()
    assert when(grace, undo, "prepared")["would_do"] == 2
    done = when(grace, grace.post(f"/v1/bulk/{undo['bulk_id']}/start").json(), "finished")
    assert (done["done"], done["undoes"]) == (2, run["bulk_id"])


def test_a_run_is_called_off_before_its_start(as_: As) -> None:
    grace = as_("admin:grace")
    owner, _ = apps_of(as_, "carl", 1)
    made = grace.post("/v1/bulk", json={"action": "suspend", "reason": "x", "criteria": {"owner_id": owner}}).json()
    when(grace, made, "prepared")
    where = f"/v1/bulk/{made['bulk_id']}"
    stopped = when(grace, grace.post(f"{where}/stop", json={"reason": "wrong"}).json(), "stopped")
    assert (stopped["done"], stopped["stop_reason"]) == (0, "wrong")
    assert is_problem(grace.post(f"{where}/start"), 409, "not_prepared")


def test_admins_and_auditors_see_runs_and_nobody_else(as_: As) -> None:
    made = as_("admin:grace").post("/v1/bulk", json={"action": "reinstate", "criteria": {"owner_id": str(uuid4())}}).json()
    when(as_("auditor:otto"), made, "prepared")
    for path in ("/v1/bulk", f"/v1/bulk/{made['bulk_id']}", f"/v1/bulk/{made['bulk_id']}/items"):
        for who in ("developer:ada", "analyst:anna", "gateway:edge", "service:plain", "system"):
            assert is_problem(as_(who).get(path), 403, "not_allowed")


@pytest.mark.parametrize(
    "order",
    [
        {"action": "suspend", "criteria": {"owner_id": str(uuid4())}},
        {"action": "suspend", "reason": "everything"},
        {"action": "suspend", "reason": "x", "criteria": {}},
        {"action": "approve", "reason": "x", "criteria": {"owner_id": str(uuid4())}},
        {"action": "demand_rotation", "reason": "x", "criteria": {"owner_id": str(uuid4())}},
        {"action": "delete", "criteria": {"owner_id": str(uuid4())}},
        {"action": "reinstate", "criteria": {"status": "suspended"}},
        {"action": "reinstate", "criteria": {"statuses": ["deleted"]}},
        {"action": "suspend", "reason": "x", "undoes": str(uuid4())},
    ],
    ids=lambda order: str(sorted(order)),
)
def test_an_order_that_makes_no_sense_is_invalid(as_: As, order: dict[str, object]) -> None:
    assert is_problem(as_("admin:grace").post("/v1/bulk", json=order), 422, "invalid")


def test_an_unknown_run_is_told(as_: As) -> None:
    grace = as_("admin:grace")
    for path in ("", "/items"):
        assert is_problem(grace.get(f"/v1/bulk/{uuid4()}{path}"), 404, "bulk_unknown")
    assert is_problem(grace.post(f"/v1/bulk/{uuid4()}/start"), 404, "bulk_unknown")
    assert is_problem(grace.post(f"/v1/bulk/{uuid4()}/undo"), 404, "bulk_unknown")
