"""Teams over HTTP: from an invitation to a credential that is offered, taken, shown once, and demanded to be rotated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from adapters.identity.local_issuer import developer_id
from tests.http.conftest import As, command, is_problem, register
from tests.http.test_apps_written_over_http import create

pytestmark = pytest.mark.usefixtures("follower")
LATER = (datetime.now(UTC) + timedelta(days=3)).isoformat()
ADA, BOB, CLEO = (str(developer_id(name)) for name in ("ada", "bob", "cleo"))


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


@pytest.fixture(scope="module")
def ada(as_: As, grace: httpx.Client) -> httpx.Client:
    for name in ("ada", "bob", "cleo"):
        register(grace, name)
    return as_("developer:ada")


@pytest.fixture(scope="module")
def bob(as_: As, ada: httpx.Client) -> httpx.Client:
    return as_("developer:bob")


def a_team(admin: httpx.Client, *members: httpx.Client) -> str:
    made = admin.post("/v1/teams", json={"name": f"Team {uuid4()}"})
    assert made.status_code == 201, made.text
    team = made.headers["location"]
    for member in members:
        me = member.get("/v1/developers/me").json()["developer_id"]
        assert admin.post(f"{team}/invitations", json={"developer_id": me}).status_code == 200
        assert member.post(f"{team}/join").status_code == 200
    return str(team)


def of(team: str) -> dict[str, str]:
    return {"kind": "team", "id": team.rpartition("/")[2]}


def a_team_s_app(admin: httpx.Client, team: str) -> str:
    return f"/v1/apps/{create(admin, owner=of(team))['app_id']}"


def look(client: httpx.Client, path: str, since: httpx.Response, **params: str) -> httpx.Response:
    return client.get(path, params={"min_position": str(since.json()["position"]), **params})


def offer(admin: httpx.Client, app: str, member: str = BOB, **said: object) -> httpx.Response:
    return admin.post(f"{app}/credential-offers", json={"member": member, "kind": "api_key", "until": LATER} | said)


def test_a_team_is_shown_with_its_members(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    invited = ada.post(f"{team}/invitations", json={"developer_id": CLEO, "as_admin": True})
    shown = look(bob, team, invited)
    assert [(each["developer_id"], each["role"], each["joined_at"] is not None) for each in shown.json()["members"]] == [
        (ADA, "admin", True),
        (BOB, "member", True),
        (CLEO, "admin", False),
    ]
    renamed = ada.patch(team, json={"name": "Kitchen"}, headers={"if-match": shown.headers["etag"]})
    assert renamed.status_code == 200
    assert is_problem(ada.patch(team, json={"name": "Hall"}, headers={"if-match": shown.headers["etag"]}), 412, "changed_meanwhile")
    assert [each["name"] for each in look(bob, "/v1/teams", renamed).json()["items"] if each["team_id"] in team] == ["Kitchen"]


def test_a_team_is_seen_by_those_who_belong_to_it(ada: httpx.Client, bob: httpx.Client, as_: As, grace: httpx.Client) -> None:
    team = a_team(ada)
    left = ada.post(f"{team}/invitations", json={"developer_id": BOB})
    assert look(bob, team, left).status_code == 200  # Whoever is invited may look what it is.
    declined = bob.delete(f"{team}/invitations/{BOB}")
    assert declined.status_code == 200, declined.text
    assert is_problem(look(bob, team, declined), 404, "team_unknown")
    assert grace.get(team).status_code == as_("auditor:otto").get(team).status_code == 200
    assert is_problem(bob.post(f"{team}/join"), 409, "not_invited")


def test_members_see_the_team_s_apps_and_manage_nothing(ada: httpx.Client, bob: httpx.Client, as_: As) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    issued = ada.post(f"{app}/credentials", json={"kind": "api_key"})
    seen = look(bob, app, issued)
    assert (seen.json()["owner_kind"], seen.json()["credentials"][0]["shown_to"]) == ("team", ADA)
    assert "secret" not in seen.json()["credentials"][0]
    assert app.rpartition("/")[2] in {each["app_id"] for each in bob.get("/v1/apps").json()["items"]}
    assert [each["app_id"] for each in bob.get("/v1/apps", params={"owner": of(team)["id"]}).json()["items"]] == [app.rpartition("/")[2]]
    assert bob.get(f"{app}/credentials").status_code == 200
    assert is_problem(bob.patch(app, json={"description": "mine"}), 403, "not_allowed")
    assert is_problem(bob.post(f"{app}/credentials", json={"kind": "api_key"}), 403, "not_allowed")
    assert is_problem(as_("developer:cleo").get(app), 404, "app_unknown")
    assert as_("developer:cleo").get("/v1/apps", params={"owner": of(team)["id"]}).json()["items"] == []


def test_who_was_removed_sees_and_manages_nothing_any_more(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    assert ada.post(f"{team}/members/{BOB}/promote").status_code == 200
    assert bob.patch(app, json={"description": "ours"}).status_code == 200
    removed = ada.delete(f"{team}/members/{BOB}")
    assert removed.status_code == 200
    assert is_problem(bob.patch(app, json={"description": "mine"}), 403, "not_allowed")
    assert is_problem(look(bob, app, removed), 404, "app_unknown")
    assert is_problem(ada.post(f"{team}/leave"), 409, "last_admin")


def test_an_offered_credential_is_shown_once_to_the_member_whom_it_names(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    made = offer(ada, app)
    assert made.status_code == 201
    where = made.headers["location"]
    assert [each["offer_id"] for each in look(bob, "/v1/credential-offers", made).json()["items"]] == [where.rpartition("/")[2]]
    assert is_problem(ada.post(f"{where}/take"), 403, "not_allowed")
    key = {"idempotency-key": str(uuid4())}
    taken = bob.post(f"{where}/take", headers=key)
    assert taken.status_code == 201, taken.text
    assert taken.json()["secret"].startswith("lp")
    again = bob.post(f"{where}/take", headers=key)
    assert (again.status_code, again.json()["secret"], again.json()["credential_id"]) == (201, None, taken.json()["credential_id"])
    assert is_problem(bob.post(f"{where}/take"), 409, "offer_taken")
    (shown,) = look(ada, f"{app}/credential-offers", taken).json()["items"]
    assert (shown["state"], shown["credential_id"]) == ("taken", taken.json()["credential_id"])
    assert ada.get(app).json()["credentials"][0]["shown_to"] == BOB
    assert bob.get("/v1/credential-offers").json()["items"] == []


def test_an_offered_rotation_is_taken(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    old = ada.post(f"{app}/credentials", json={"kind": "oauth_client"}).json()
    made = offer(ada, app, kind=None, rotates=old["credential_id"], overlap="PT1H")
    taken = bob.post(f"{made.headers['location']}/take").json()
    assert (taken["replaces"], taken["kind"], taken["client_id"]) == (old["credential_id"], "oauth_client", old["client_id"])
    assert taken["secret"]
    assert taken["overlap_ends_at"]


def test_an_offered_jwt_ends_as_was_offered(ada: httpx.Client, bob: httpx.Client) -> None:
    app = a_team_s_app(ada, a_team(ada, bob))
    ends = "2027-01-05T12:00:00Z"
    taken = bob.post(f"{offer(ada, app, kind='jwt', expires_at=ends).headers['location']}/take").json()
    assert taken["secret"].count(".") == 2
    assert datetime.fromisoformat(taken["expires_at"]) == datetime.fromisoformat(ends)


def test_an_offer_is_withdrawn_and_dies_with_the_membership(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    one, two = (offer(ada, app).headers["location"] for _ in range(2))
    assert ada.delete(one).status_code == 200
    assert is_problem(bob.post(f"{one}/take"), 409, "offer_withdrawn")
    gone = bob.post(f"{team}/leave")
    assert is_problem(bob.post(f"{two}/take"), 403, "not_allowed")
    states = {each["offer_id"]: each["state"] for each in look(ada, f"{app}/credential-offers", gone).json()["items"]}
    assert states == {one.rpartition("/")[2]: "withdrawn", two.rpartition("/")[2]: "over"}


def test_what_a_removed_member_was_shown_is_listed_and_rotated_with_one_request(ada: httpx.Client, bob: httpx.Client, as_: As) -> None:
    team = a_team(ada, bob)
    app = a_team_s_app(ada, team)
    taken = bob.post(f"{offer(ada, app).headers['location']}/take").json()
    ada.post(f"{app}/credentials", json={"kind": "api_key"})  # Never shown to him.
    removed = ada.delete(f"{team}/members/{BOB}")
    (shown,) = look(ada, f"{team}/members/{BOB}/shown", removed).json()["items"]
    assert (shown["credential_id"], shown["state"]) == (taken["credential_id"], "active")
    for nobody in (bob, as_("developer:cleo")):
        assert is_problem(nobody.get(f"{team}/members/{BOB}/shown"), 404, "team_unknown")
        assert is_problem(nobody.post(f"{team}/members/{BOB}/rotate-shown", json={"deadline": LATER, "reason": "x"}), 404, "team_unknown")
    demanded = ada.post(f"{team}/members/{BOB}/rotate-shown", json={"deadline": LATER, "reason": "Bob has left"})
    assert [(each["credential_id"], each["outcome"]) for each in demanded.json()["outcomes"]] == [(taken["credential_id"], "accepted")]
    position = {"min_position": demanded.json()["outcomes"][0]["position"]}
    (due,) = ada.get(f"{team}/members/{BOB}/shown", params=position).json()["items"]
    assert due["rotation_then"] == "revoke"
    rotated = ada.post(f"{app}/credentials/{taken['credential_id']}/rotate")
    assert rotated.status_code == 201
    owner_s = {"deadline": LATER, "reason": "x", "owner_id": of(team)["id"]}
    assert is_problem(ada.post("/v1/rotation-demands", json=owner_s), 403, "not_allowed")


def test_a_member_is_not_told_what_others_were_shown(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(ada, bob)
    there = look(bob, team, ada.patch(team, json={"name": "Seen"}))
    assert there.status_code == 200
    assert is_problem(bob.get(f"{team}/members/{ADA}/shown"), 403, "not_allowed")
    assert is_problem(bob.post(f"{team}/members/{ADA}/rotate-shown", json={"deadline": LATER, "reason": "x"}), 403, "not_allowed")


def test_an_app_goes_over_to_a_team_with_its_credentials(ada: httpx.Client, bob: httpx.Client) -> None:
    team = a_team(bob, ada)
    app = f"/v1/apps/{create(ada)['app_id']}"
    ada.post(f"{app}/credentials", json={"kind": "api_key"})
    offered = ada.post(f"{app}/transfer", json={"to": of(team)})
    assert [each["app_id"] for each in look(bob, "/v1/transfers", offered).json()["items"]] == [app.rpartition("/")[2]]
    assert ada.get("/v1/transfers").json()["items"] == []  # A plain member does not answer for the team.
    assert ada.get(app).json()["offered_to"] == of(team)
    accepted = bob.post(f"{app}/transfer/accept", json={"to": of(team)})
    assert accepted.status_code == 200, accepted.text
    seen = look(ada, app, accepted).json()
    assert (seen["owner_kind"], seen["offered_to"], len(seen["credentials"])) == ("team", None, 1)
    assert is_problem(ada.patch(app, json={"description": "mine"}), 403, "not_allowed")


def test_an_offer_of_an_app_is_declined_and_withdrawn(ada: httpx.Client, bob: httpx.Client) -> None:
    app = f"/v1/apps/{create(ada)['app_id']}"
    to = {"to": {"kind": "developer", "id": BOB}}
    assert ada.post(f"{app}/transfer", json=to).status_code == 200
    assert bob.post(f"{app}/transfer/decline", json=to).status_code == 200
    assert is_problem(bob.post(f"{app}/transfer/accept", json=to), 409, "not_offered")
    assert ada.post(f"{app}/transfer", json=to).status_code == 200
    assert ada.delete(f"{app}/transfer").status_code == 200
    assert is_problem(bob.post(f"{app}/transfer/accept", json=to), 409, "not_offered")


def test_a_deactivated_developer_is_refused_on_every_route(as_: As, grace: httpx.Client) -> None:
    name = f"leaver-{uuid4()}"
    leaver, service = as_(f"developer:{name}"), as_("service:portal", may_act=[developer_id(name)])
    app = f"/v1/apps/{create(leaver)['app_id']}"
    assert leaver.get(app).status_code in {200, 404}
    gone = grace.post(f"/v1/developers/{developer_id(name)}/deactivate", json={"reason": "left"})
    assert gone.status_code == 200
    document = leaver.get("/openapi.json").json()
    asked = 0
    for path, operations in document["paths"].items():
        if not path.startswith("/v1/") or path.startswith("/v1/forward-auth/"):
            continue
        for method in operations:
            where = path.replace("/v1/apps/{app_id}", app)
            for part in [each for each in where.split("/") if each.startswith("{")]:
                where = where.replace(part, str(uuid4()))
            told = leaver.request(method.upper(), where, json={})
            assert is_problem(told, 403, "deactivated"), (method, path, told.text)
            asked += 1
    assert asked > 60
    on_behalf = {"onbehalfof": str(developer_id(name))}
    for path in (app, "/v1/apps", "/v1/developers/me", "/v1/teams", "/v1/transfers", "/v1/credential-offers", "/v1/approvals"):
        assert is_problem(service.get(path, params=on_behalf), 403, "deactivated")
    edited = command("app.edit.v1", app_id=app.rpartition("/")[2], description="mine")
    assert is_problem(service.post("/v1/commands", json=edited | on_behalf), 403, "deactivated")
