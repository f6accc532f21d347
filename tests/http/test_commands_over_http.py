"""Commands over HTTP: one or many, their outcomes, and every error as a problem."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import psycopg
import pytest

from adapters.http.commands_in import LIST_COMMANDS_MAX
from adapters.http.said import LIST_BYTES_MAX
from adapters.identity.local_issuer import developer_id
from adapters.postgres.following import Follower
from adapters.settings import Settings
from domain.limits import MESSAGE_BYTES_MAX
from tests.http.conftest import As, command, create_app, is_problem, register


def test_a_command_is_taken_and_its_outcome_told_again_under_its_id(as_: As) -> None:
    ada = as_("developer:ada1")
    sent = command("developer.register.v1", developer_id=str(developer_id("ada1")), name="Ada", email="ada@example.com")
    first = ada.post("/v1/commands", json=sent)
    assert first.status_code == 200
    outcome = first.json()
    assert outcome == {"command_id": sent["id"], "outcome": "accepted", "position": outcome["position"]}
    assert ada.post("/v1/commands", json=sent).json() == outcome
    assert ada.get(f"/v1/commands/{sent['id']}").json() == outcome


def test_a_list_gives_each_command_its_outcome_in_order(as_: As) -> None:
    bob = as_("developer:bob1")
    owner = register(bob, "bob1")
    app = str(uuid4())
    sent = [
        command("app.create.v1", app_id=app, owner={"id": str(owner)}, name="Mine"),
        command("app.edit.v1", app_id=str(uuid4()), name="Other"),
        command("app.edit.v1", app_id=app, nonsense=True),
        command("app.edit.v1", app_id=app, description="better"),
    ]
    answered = bob.post("/v1/commands", json=sent)
    assert answered.status_code == 200
    told = answered.json()
    assert [each["command_id"] for each in told] == [each["id"] for each in sent]
    assert [(each["outcome"], each.get("code")) for each in told] == [
        ("accepted", None),
        ("refused", "app_unknown"),
        ("invalid", "invalid"),
        ("accepted", None),
    ]
    assert told[2]["errors"][0]["field"] == "nonsense"


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"id": NaN}', "[" * 2_000, '"\ud800"'])
def test_what_is_not_json_is_a_problem(as_: As, text: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    assert is_problem(as_("developer:ada").post("/v1/commands", content=content), 400, "not_json")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (1, ""),
        (None, ""),
        ({}, "id"),
        ({"id": "x", "type": "app.edit.v1", "data": {}}, "id"),
        ({"id": str(uuid4()), "type": "app.edit.v1", "data": []}, "data"),
        ({"id": str(uuid4()), "type": "app.edit.v1", "data": {}}, "app_id"),
        ({"id": str(uuid4()), "type": "app.edit.v2", "data": {}}, "type"),
        ({"id": str(uuid4()), "type": "app.edit.v1", "data": {"app_id": str(uuid4())}, "onBehalfOf": "x"}, "onBehalfOf"),
        ({"id": str(uuid4()), "type": "app.edit.v1", "data": {"app_id": str(uuid4())}, "onbehalfof": "x"}, "onbehalfof"),
        ({"id": str(uuid4()), "type": "app.edit.v1", "data": {"app_id": str(uuid4())}, "subject": "x"}, "subject"),
        ([], ""),
        ([{}], "0.id"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(as_: As, said: object, field: str) -> None:
    answered = as_("developer:ada").post("/v1/commands", content=json.dumps(said))
    assert is_problem(answered, 422, "invalid")
    assert answered.json()["errors"][0]["field"] == field


def test_too_much_is_a_problem(as_: As) -> None:
    ada = as_("developer:ada")
    large = command("app.edit.v1", app_id=str(uuid4()), description="x" * MESSAGE_BYTES_MAX)
    assert is_problem(ada.post("/v1/commands", json=large), 413, "too_large")
    assert is_problem(ada.post("/v1/commands", content=b"[" + b" " * LIST_BYTES_MAX + b"]"), 413, "too_large")
    assert is_problem(ada.post("/v1/commands", json=[{}] * (LIST_COMMANDS_MAX + 1)), 422, "invalid")


def test_nobody_without_a_token_and_nobody_with_a_wrong_one(nobody: httpx.Client) -> None:
    missing = nobody.post("/v1/commands", json=command("app.edit.v1", app_id=str(uuid4())))
    assert is_problem(missing, 401, "token_missing")
    assert missing.headers["www-authenticate"] == "Bearer"
    wrong = nobody.get("/v1/apps", headers={"authorization": "Bearer a.b.c"})
    assert is_problem(wrong, 401, "token_malformed")
    assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_of_two_tokens_none_is_taken(as_: As, nobody: httpx.Client) -> None:
    ada, grace = (as_(who).headers["authorization"] for who in ("developer:ada", "admin:grace"))
    for first, second in [(ada, grace), (grace, ada), (ada, ada), (ada, "Bearer nonsense"), ("", ada)]:
        headers = [("authorization", first), ("authorization", second)]
        for told in (
            nobody.post("/v1/commands", json=command("app.suspend.v1", app_id=str(uuid4()), reason="x"), headers=headers),
            nobody.get(f"/v1/commands/{uuid4()}", headers=headers),
            nobody.get("/v1/apps", headers=headers),
        ):
            assert is_problem(told, 400, "invalid")
            assert told.json()["errors"] == [{"field": "authorization", "reason": "is given twice"}]


def test_refusals_have_the_status_that_says_what_they_are(as_: As) -> None:
    cleo, dora, grace = as_("developer:cleo"), as_("developer:dora"), as_("admin:grace")
    owner = register(cleo, "cleo")
    register(dora, "dora")
    app, _ = create_app(cleo, owner, "Hers")

    def post(client: httpx.Client, kind: str, /, **data: object) -> httpx.Response:
        return client.post("/v1/commands", json=command(kind, **data))

    assert is_problem(post(dora, "app.edit.v1", app_id=app, name="Mine now"), 403, "not_allowed")
    assert is_problem(post(dora, "app.edit.v1", app_id=str(uuid4()), name="x"), 404, "app_unknown")
    assert is_problem(post(cleo, "app.create.v1", app_id=str(uuid4()), owner={"id": str(owner)}, name="HERS"), 409, "name_taken")
    assert is_problem(post(grace, "app.resubmit.v1", app_id=app), 409, "app_active")
    told = post(cleo, "app.suspend.v1", app_id=app, reason="x").json()
    assert (told["outcome"], told["code"]) == ("refused", "not_allowed")
    assert told["position"] > 0


def test_the_same_id_for_something_else_is_refused(as_: As) -> None:
    eve = as_("developer:eve")
    owner = register(eve, "eve")
    sent = command("app.create.v1", app_id=str(uuid4()), owner={"id": str(owner)}, name="One")
    assert eve.post("/v1/commands", json=sent).status_code == 200
    other = sent | {"data": {**sent["data"], "name": "Two"}}  # type: ignore[dict-item]
    assert is_problem(eve.post("/v1/commands", json=other), 409, "command_id_reused")
    assert is_problem(as_("admin:grace").post("/v1/commands", json=sent), 409, "command_id_reused")


def test_an_outcome_is_told_to_its_sender_and_to_admins_and_auditors(as_: As, nobody: httpx.Client) -> None:
    finn = as_("developer:finn")
    owner = register(finn, "finn")
    sent = command("app.create.v1", app_id=str(uuid4()), owner={"id": str(owner)}, name="One")
    finn.post("/v1/commands", json=sent)
    path = f"/v1/commands/{sent['id']}"
    assert {as_(who).get(path).status_code for who in ("developer:finn", "admin:grace", "auditor:otto")} == {200}
    for who in ("developer:ada", "analyst:anna", "service:billing"):
        assert is_problem(as_(who).get(path), 404, "command_unknown")
    assert is_problem(finn.get(f"/v1/commands/{uuid4()}"), 404, "command_unknown")
    assert is_problem(finn.get("/v1/commands/x"), 422, "invalid")
    assert is_problem(nobody.get(path), 401, "token_missing")


def test_a_service_acts_for_a_developer_where_its_token_lets_it(as_: As, settings: Settings) -> None:
    owner = register(as_("developer:gus"), "gus")
    sent = command("app.create.v1", app_id=str(uuid4()), owner={"id": str(owner)}, name="By a service") | {"onbehalfof": str(owner)}
    assert is_problem(as_("service:billing").post("/v1/commands", json=sent), 403, "may_not_act_for")
    sent["id"] = str(uuid4())
    allowed = as_("service:portal", may_act=[owner])
    assert allowed.post("/v1/commands", json=sent).json()["outcome"] == "accepted"
    with psycopg.connect(settings.database) as connection:
        found = connection.execute("SELECT DISTINCT principal, on_behalf_of FROM log.events WHERE command_id = %s", [sent["id"]]).fetchall()
    assert found == [("service:portal@launchpad-local", owner)]


def test_the_sender_s_context_is_kept(as_: As, settings: Settings) -> None:
    hana = as_("developer:hana")
    sent = command("developer.register.v1", developer_id=str(developer_id("hana")), name="Hana", email="h@example.com")
    sent |= {"correlationid": "order-7", "causationid": "click-3", "specversion": "1.0", "source": "test", "time": "2026-01-01T00:00:00Z"}
    assert hana.post("/v1/commands", json=sent, headers={"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}).status_code == 200
    with psycopg.connect(settings.database) as connection:
        found = connection.execute("SELECT correlation_id, causation_id FROM log.events WHERE command_id = %s", [sent["id"]]).fetchone()
    assert found == ("order-7", "click-3")


def test_what_is_not_there_or_not_offered_is_a_problem_too(nobody: httpx.Client) -> None:
    assert is_problem(nobody.get("/v1/nothing"), 404, "not_found")
    wrong = nobody.delete("/v1/commands")
    assert is_problem(wrong, 405, "method_not_allowed")
    offered = {path: nobody.put(path).headers["allow"] for path in ("/v1/apps", f"/v1/apps/{uuid4()}", "/v1/commands")}
    assert list(offered.values()) == ["GET, POST", "DELETE, GET, PATCH", "POST"]
    assert wrong.headers["allow"] == "POST"


def test_commands_of_parallel_requests_share_transactions(as_: As, settings: Settings) -> None:
    """While one batch waits for its commit, all that come in gather for the next one."""
    ida = as_("developer:ida")
    owner = register(ida, "ida")
    sent = [command("app.create.v1", app_id=str(uuid4()), owner={"id": str(owner)}, name=f"App {number}") for number in range(50)]
    with ThreadPoolExecutor(50) as threads:
        with psycopg.connect(settings.database) as holding:
            holding.execute("SELECT log.lock()")
            posted = [threads.submit(ida.post, "/v1/commands", json=each) for each in sent]
            time.sleep(2)  # By now all of them have come in.
            assert not any(each.done() for each in posted)
        answers = [each.result() for each in posted]
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["command_id"] for answer in answers] == [each["id"] for each in sent]
    with psycopg.connect(settings.database) as connection:
        found = connection.execute(
            "SELECT count(DISTINCT xmin::text) FROM log.outcomes WHERE command_id = ANY(%s)", [[each["id"] for each in sent]]
        ).fetchone()
    assert found is not None
    assert 1 <= found[0] <= 5


def test_nothing_that_is_answered_repeats_a_secret(as_: As, nobody: httpx.Client) -> None:
    token = as_("developer:ada").headers["authorization"].removeprefix("Bearer ")
    digest = "ab" * 32
    answers = [
        as_("developer:ada").post(
            "/v1/commands", json={"id": str(uuid4()), "type": "credential.issue.v1", "data": {"secret_digest": digest}}
        ),
        nobody.get("/v1/apps", headers={"authorization": f"Bearer {token[:-4]}"}),
        nobody.get(f"/v1/apps/{token[:20]}", headers={"authorization": f"Bearer {token}"}),
    ]
    for answer in answers:
        assert answer.status_code in {401, 422}
        assert digest not in answer.text
        assert token[-40:] not in answer.text
        json.loads(answer.text)


NUL, ODD = "\x00", "\u2028"
APP = {"app_id": "3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21"}


@pytest.mark.parametrize(
    "changed",
    [
        {"correlationid": NUL},
        {"causationid": f"a{NUL}b"},
        {"traceparent": ODD},
        {"source": NUL},
        {"subject": NUL},
        {"onbehalfof": NUL},
        {"type": NUL},
        {"data": APP | {"name": NUL}},
        {"data": APP | {"description": NUL}},
        {"data": APP | {"callback_urls": [f"https://a.example/{NUL}"]}},
        {"data": APP | {NUL: NUL}},
        {"type": "app.set_attributes.v1", "data": APP | {"attributes": {NUL: "x"}}},
        {"type": "app.set_attributes.v1", "data": APP | {"attributes": {"x": NUL}}},
        {"type": "app.suspend.v1", "data": APP | {"reason": NUL}},
    ],
)
def test_what_the_database_could_not_hold_is_refused_before_it(as_: As, changed: dict[str, object]) -> None:
    sent = {"id": str(uuid4()), "type": "app.edit.v1", "data": APP} | changed
    assert is_problem(as_("developer:ada").post("/v1/commands", json=sent), 422, "invalid")


def test_a_trace_that_is_none_is_passed_over(as_: As) -> None:
    for header in ("x" * 1_000, "00-zz", "é"):
        sent = {"id": str(uuid4()), "type": "app.edit.v1", "data": APP}
        answered = as_("developer:ada").post("/v1/commands", json=sent, headers={b"traceparent": header.encode()})
        assert is_problem(answered, 404, "app_unknown")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "9999-12-31T23:59:59.999999Z"])
def test_times_at_the_edge_of_time_break_nothing(as_: As, follower: Follower, time: str) -> None:
    name = f"edge{abs(hash(time))}"
    client = as_(f"developer:{name}")
    app, _ = create_app(client, register(client, name), "Edge")
    sent = command("app.edit.v1", app_id=app, description=time) | {"time": time}
    refused = client.post("/v1/commands", json=sent)  # Kept as claimed, no reader in Python could read it again.
    assert is_problem(refused, 422, "invalid")
    assert client.post("/v1/commands", json=sent | {"time": "2026-03-01T12:00:00Z"}).status_code == 200
    expiring = command("credential.issue.v1", app_id=app, credential_id=str(uuid4()), kind="jwt", expires_at=time)
    assert client.post("/v1/commands", json=expiring).status_code in {200, 409, 422}
    _, position = create_app(client, developer_id(name), "After the edge")
    assert client.get(f"/v1/apps/{app}", params={"min_position": position}).status_code == 200
    assert follower.status.healthy


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-encoding": "gzip"}, "encoding_unknown"),
        ({"content-type": "text/plain"}, "media_type_unknown"),
        ({"content-type": "application/x-www-form-urlencoded"}, "media_type_unknown"),
    ],
)
def test_a_body_that_claims_to_be_something_else_is_not_read(as_: As, headers: dict[str, str], code: str) -> None:
    sent = json.dumps(command("app.suspend.v1", app_id=str(uuid4()), reason="x"))
    assert is_problem(as_("admin:grace").post("/v1/commands", content=sent, headers=headers), 415, code)


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "application/cloudevents+json"])
def test_json_by_its_other_names_is_read(as_: As, media: str) -> None:
    sent = json.dumps(command("app.suspend.v1", app_id=str(uuid4()), reason="x"))
    headers = {"content-type": media, "content-encoding": "identity"}
    assert is_problem(as_("admin:grace").post("/v1/commands", content=sent, headers=headers), 404, "app_unknown")
