"""Apps over HTTP: one's own, others', pages of them, and one's own writes."""

from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.following import Follower
from tests.http.conftest import As, command, create_app, is_problem, register

pytestmark = pytest.mark.usefixtures("follower")


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def ada_id(ada: httpx.Client) -> UUID:
    return register(ada, "ada")


@pytest.fixture(scope="module")
def bob_app(as_: As) -> str:
    bob = as_("developer:bob")
    app, position = create_app(bob, register(bob, "bob"), "Bob's")
    assert bob.get(f"/v1/apps/{app}", params={"min_position": position}).status_code == 200
    return app


def test_what_was_written_is_read_with_its_position(ada: httpx.Client, ada_id: UUID) -> None:
    for number in range(20):
        app, position = create_app(ada, ada_id, f"Now {number}")
        shown = ada.get(f"/v1/apps/{app}", params={"min_position": position})
        assert shown.status_code == 200
        assert (shown.json()["name"], shown.json()["owner_name"], shown.json()["status"]) == (f"Now {number}", "Ada", "active")


def test_who_sees_which_apps(as_: As, ada: httpx.Client, ada_id: UUID, bob_app: str) -> None:
    mine, position = create_app(ada, ada_id, "Seen by whom")
    ada.get("/v1/apps", params={"min_position": position})
    path = f"/v1/apps/{mine}"
    assert {as_(who).get(path).status_code for who in ("developer:ada", "admin:grace", "auditor:otto", "analyst:anna")} == {200}
    assert is_problem(as_("developer:bob").get(path), 404, "app_unknown")
    assert is_problem(ada.get(f"/v1/apps/{bob_app}"), 404, "app_unknown")
    assert is_problem(as_("service:billing").get(path), 403, "not_allowed")
    assert is_problem(as_("gateway:edge").get(path), 403, "not_allowed")
    assert {each["owner_id"] for each in ada.get("/v1/apps").json()["items"]} == {str(ada_id)}
    assert {each["owner_name"] for each in as_("admin:grace").get("/v1/apps").json()["items"]} == {"Ada", "Bob"}
    assert ada.get("/v1/apps", params={"owner": str(uuid4())}).json() == {"items": [], "next": None}


def test_a_service_sees_the_apps_of_those_it_may_act_for(as_: As, ada_id: UUID, bob_app: str) -> None:
    service = as_("service:portal", may_act=[ada_id])
    seen = service.get("/v1/apps", params={"onbehalfof": str(ada_id)})
    assert {each["owner_id"] for each in seen.json()["items"]} == {str(ada_id)}
    assert is_problem(service.get("/v1/apps", params={"onbehalfof": str(uuid4())}), 403, "may_not_act_for")
    assert is_problem(service.get(f"/v1/apps/{bob_app}", params={"onbehalfof": str(ada_id)}), 404, "app_unknown")


def test_an_admin_acting_for_nobody_else(as_: As, ada_id: UUID) -> None:
    assert is_problem(as_("admin:grace").get("/v1/apps", params={"onbehalfof": str(ada_id)}), 403, "may_not_act_for")


@pytest.mark.parametrize("limit", [1, 3, 5, 200])
def test_pages_hold_every_app_once_the_newest_first(as_: As, limit: int) -> None:
    name = f"pager{limit}"
    client = as_(f"developer:{name}")
    owner = register(client, name)
    made = [create_app(client, owner, f"App {number}") for number in range(5)]
    read, cursor = [], None
    while True:
        asked = {"limit": limit, "min_position": made[-1][1]} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/apps", params=asked).json()
        read += [each["app_id"] for each in page["items"]]
        assert len(page["items"]) <= limit
        cursor = page["next"]
        if cursor is None:
            break
    assert read == [app for app, _ in reversed(made)]


def test_filters_by_status_and_owner(as_: As) -> None:
    client, grace = as_("developer:filter"), as_("admin:grace")
    owner = register(client, "filter")
    kept, gone, halted = (create_app(client, owner, name)[0] for name in ("Kept", "Gone", "Halted"))
    client.post("/v1/commands", json=command("app.delete.v1", app_id=gone))
    last = grace.post("/v1/commands", json=command("app.suspend.v1", app_id=halted, reason="spam")).json()["position"]

    def seen(**asked: str) -> set[str]:
        answered = grace.get("/v1/apps", params={"owner": str(owner), "min_position": last, **asked})
        return {each["app_id"] for each in answered.json()["items"]}

    assert seen() == {kept, halted}
    assert [seen(status=each) for each in ("active", "suspended", "deleted", "pending")] == [{kept}, {halted}, {gone}, set()]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"status": "odd"}, "status"),
        ({"owner": "x"}, "owner"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"min_position": "-1"}, "min_position"),
        ({"min_position": str(2**63)}, "min_position"),
        ({"stauts": "active"}, "stauts"),
        ({"onbehalfof": "x"}, "onbehalfof"),
    ],
)
def test_wrong_parameters_are_told_by_name(ada: httpx.Client, asked: dict[str, str], field: str) -> None:
    answered = ada.get("/v1/apps", params=asked)
    assert is_problem(answered, 422, "invalid")
    assert [error["field"] for error in answered.json()["errors"]] == [field]


@pytest.mark.parametrize("twice", ["status=active&status=deleted", "limit=1&limit=1", "onbehalfof=x&onbehalfof=y"])
def test_a_parameter_that_is_said_twice_is_refused(ada: httpx.Client, twice: str) -> None:
    answered = ada.get(f"/v1/apps?{twice}")
    assert is_problem(answered, 422, "invalid")
    assert [error["field"] for error in answered.json()["errors"]] == [twice.partition("=")[0]]


def test_a_credential_is_shown_without_secret_or_digest(ada: httpx.Client, ada_id: UUID, follower: Follower) -> None:
    app, _ = create_app(ada, ada_id, "With a key")
    credential, digest = uuid4(), "cd" * 32
    issue = command("credential.issue.v1", app_id=app, credential_id=str(credential), kind="api_key", secret_digest=digest)
    position = ada.post("/v1/commands", json=issue).json()["position"]
    shown = ada.get(f"/v1/apps/{app}", params={"min_position": position})
    assert [(each["key_id"], each["state"]) for each in shown.json()["credentials"]] == [(credential.hex, "active")]
    assert digest not in shown.text
    assert follower.status.healthy
