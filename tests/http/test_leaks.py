"""Leaked credentials over HTTP: whose one is, and one request that ends it and issues anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from structlog.testing import capture_logs

from adapters.http.making import ADVICE
from adapters.http.replacing_leaked import ENDED, REPLACED
from adapters.settings import Settings
from domain.limits import APP_CREDENTIALS_MAX
from launchpad_client import make_credential, parse
from launchpad_client.keys import checksum
from launchpad_client.scanning import scan
from tests.http.conftest import As, command, create_app, is_problem, register

pytestmark = pytest.mark.usefixtures("follower")


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def ada_id(ada: httpx.Client) -> UUID:
    return register(ada, "ada")


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


@pytest.fixture(scope="module")
def product(grace: httpx.Client) -> str:
    product_id = str(uuid4())
    sends(grace, "product.add.v1", product_id=product_id, name="Trams", needs_approval=False)
    return product_id


@pytest.fixture
def app(ada: httpx.Client, ada_id: UUID, product: str) -> str:
    app, _ = create_app(ada, ada_id, f"App {uuid4()}")
    sends(ada, "app.add_products.v1", app_id=app, products=[product])
    return app


def sends(client: httpx.Client, kind: str, /, **data: object) -> int:
    answered = client.post("/v1/commands", json=command(kind, **data))
    assert answered.status_code == 200, answered.text
    return int(answered.json()["position"])


def issued(client: httpx.Client, app: str, kind: str = "api_key", **said: object) -> tuple[str, str]:
    """A new credential's id and text."""
    made = client.post(f"/v1/apps/{app}/credentials", json={"kind": kind} | said)
    assert made.status_code == 201, made.text
    assert client.get(f"/v1/apps/{app}", params={"min_position": made.json()["position"]}).status_code == 200
    return made.json()["credential_id"], made.json()["secret"]


def looked_up(client: httpx.Client, text: str) -> dict[str, object]:
    answered = client.post("/v1/credentials/lookup", json={"credential": text})
    assert answered.status_code == 200, answered.text
    assert text not in answered.text
    said: dict[str, object] = answered.json()
    return said


def replaced(client: httpx.Client, app: str, credential: str, **said: object) -> dict[str, object]:
    answered = client.post(f"/v1/apps/{app}/credentials/{credential}/replace-leaked", json=said)
    assert answered.status_code == 200, answered.text
    told: dict[str, object] = answered.json()
    return told


def reasons(settings: Settings, credential: str) -> list[str]:
    """The reasons of a credential's revocations, from the log."""
    with psycopg.connect(settings.database) as connection:
        found = connection.execute(
            "SELECT payload->>'reason' FROM log.history WHERE stream = %s AND event = 'credential.revoked.v1'", [f"credential-{credential}"]
        ).fetchall()
    return [row[0] for row in found]


@pytest.mark.parametrize("kind", ["api_key", "oauth_client", "jwt"])
def test_owner_and_admin_hear_what_it_is_and_what_it_opens(  # noqa: PLR0917 - fixtures, by name
    ada: httpx.Client, grace: httpx.Client, app: str, ada_id: UUID, product: str, kind: str
) -> None:
    credential, text = issued(ada, app, kind)
    for who in (ada, grace):
        said = looked_up(who, f"  {text}\n")
        assert (said["kind"], said["credential_id"], said["key_id"], said["genuine"]) == (kind, credential, UUID(credential).hex, True)
        assert (said["state"], said["opens"], said["reason"]) == ("active", True, None)
        owner = {"kind": "developer", "id": str(ada_id), "name": "Ada"}
        assert (said["app"]["app_id"], said["app"]["status"], said["app"]["owner"]) == (app, "active", owner)  # type: ignore[index]
        assert said["products"] == [{"product_id": product, "name": "Trams"}]
        assert abs(datetime.fromisoformat(str(said["issued_at"])) - datetime.now(UTC)) < timedelta(minutes=1)
        assert (said["expires_at"] is None) is (kind != "jwt")


def test_to_others_it_is_as_unknown_as_one_that_never_was(as_: As, ada: httpx.Client, app: str) -> None:
    credential, text = issued(ada, app)
    never = make_credential("api_key", "live", uuid4())
    told = looked_up(as_("developer:bob"), text)
    unknown = looked_up(as_("developer:bob"), never.text)
    assert {**told, "credential_id": "", "key_id": ""} == {**unknown, "credential_id": "", "key_id": ""}
    assert (told["state"], told["genuine"], told["app"], told["credential_id"]) == ("unknown", False, None, credential)
    for who in ("service:billing", "gateway:edge", "system"):
        assert is_problem(as_(who).post("/v1/credentials/lookup", json={"credential": text}), 403, "not_allowed")
    seeing = as_("auditor:otto").post("/v1/credentials/lookup", json={"credential": text})
    assert seeing.json()["state"] == "unknown"


def test_a_service_asks_for_the_developers_it_may_act_for(as_: As, ada: httpx.Client, app: str, ada_id: UUID) -> None:
    _, text = issued(ada, app)
    service = as_("service:portal", may_act=[ada_id])
    asked = {"json": {"credential": text}}
    assert service.post("/v1/credentials/lookup", params={"onbehalfof": str(ada_id)}, **asked).json()["state"] == "active"  # type: ignore[arg-type]
    assert is_problem(service.post("/v1/credentials/lookup", params={"onbehalfof": str(uuid4())}, **asked), 403, "may_not_act_for")  # type: ignore[arg-type]


def test_what_was_made_up_around_a_known_id_is_not_genuine(ada: httpx.Client, app: str) -> None:
    credential, text = issued(ada, app)
    forged = make_credential("api_key", "live", UUID(credential)).text
    said = looked_up(ada, forged)
    assert (said["genuine"], said["opens"], said["state"]) == (False, False, "active")
    other_kind = "lpc" + text[3:-6]
    assert looked_up(ada, other_kind + checksum(other_kind))["genuine"] is False
    _, token = issued(ada, app, "jwt")
    assert looked_up(ada, token)["genuine"] is True
    head, claims, signature = token.split(".")
    changed = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BA")
    assert looked_up(ada, f"{head}.{claims}.{changed}")["genuine"] is False


def test_an_access_token_leads_to_the_credential_that_it_was_given_for(ada: httpx.Client, app: str, url: str) -> None:
    credential, secret = issued(ada, app, "oauth_client")
    form = {"grant_type": "client_credentials"}
    token = httpx.post(f"{url}/oauth/token", data=form, auth=(f"client-{credential}", secret)).json()["access_token"]
    assert [found.credential.kind for found in scan(f"Authorization: Bearer {token}")] == ["access_token"]
    said = looked_up(ada, token)
    assert (said["kind"], said["credential_id"], said["genuine"], said["opens"]) == ("access_token", credential, True, True)
    replaced(ada, app, credential)
    again = looked_up(ada, token)
    assert (again["genuine"], again["opens"], again["state"]) == (True, False, "revoked")


def test_states_are_told_by_the_moment(ada: httpx.Client, grace: httpx.Client, app: str) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    _, expiring = issued(ada, app, expires_at=ends)
    old, retiring = issued(ada, app)
    assert ada.post(f"/v1/apps/{app}/credentials/{old}/rotate", json={}).status_code == 201
    assert (looked_up(ada, retiring)["state"], looked_up(ada, retiring)["opens"]) == ("retiring", True)
    ada.post(f"/v1/apps/{app}/credentials/{old}/end-overlap")
    ended = looked_up(ada, retiring)
    assert (ended["state"], ended["reason"], ended["opens"]) == ("revoked", "overlap_ended", False)
    _, working = issued(ada, app)
    sends(grace, "app.suspend.v1", app_id=app, reason="spam")
    suspended = looked_up(ada, working)
    assert (suspended["state"], suspended["reason"], suspended["opens"]) == ("active", "app_suspended", False)
    while datetime.now(UTC).isoformat() < ends:
        pass
    assert (looked_up(ada, expiring)["state"], looked_up(ada, expiring)["reason"]) == ("expired", "expired")


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        "text",
        {"credential": 1},
        {"credential": None},
        {"credential": ""},
        {"credential": "x" * 20_000},
        {"credential": "lpklive_" + "0" * 32 + "_" + "a" * 49},
        {"credential": make_credential("api_key", "live", UUID(int=1)).text, "app_id": "x"},
    ],
)
def test_what_is_no_credential_is_told_and_not_repeated(ada: httpx.Client, said: object) -> None:
    answered = ada.post("/v1/credentials/lookup", json=said)
    assert is_problem(answered, 422, "invalid")
    assert [error["field"] for error in answered.json()["errors"]] == ["credential"]
    assert "a" * 20 not in answered.text


def test_nobody_unknown_is_told_anything(nobody: httpx.Client) -> None:
    assert is_problem(nobody.post("/v1/credentials/lookup", json={"credential": "x"}), 401, "token_missing")
    assert is_problem(nobody.post(f"/v1/apps/{uuid4()}/credentials/{uuid4()}/replace-leaked"), 401, "token_missing")


@pytest.mark.parametrize("kind", ["api_key", "oauth_client", "jwt"])
def test_one_request_revokes_it_and_issues_anew(ada: httpx.Client, app: str, settings: Settings, product: str, kind: str) -> None:
    credential, text = issued(ada, app, kind)
    client_id = looked_up(ada, text)["client_id"]
    done = replaced(ada, app, credential, reason="it stood in a public repository")
    assert (done["outcome"], done["revoked"], done["app_id"], done["kind"]) == ("accepted", credential, app, kind)
    assert done["credential_id"] != credential
    assert done["client_id"] == client_id
    old, new = looked_up(ada, text), looked_up(ada, str(done["secret"]))
    assert (old["state"], old["opens"], old["genuine"]) == ("revoked", False, True)
    assert (new["state"], new["opens"], new["credential_id"]) == ("active", True, done["credential_id"])
    assert reasons(settings, credential) == ["leaked: it stood in a public repository"]
    ada.get(f"/v1/apps/{app}", params={"min_position": done["position"]})  # type: ignore[dict-item]
    assert (looked_up(ada, text)["ended_reason"], looked_up(ada, text)["successor_id"]) == (
        "leaked: it stood in a public repository",
        done["credential_id"],
    )


def test_it_is_one_transaction(ada: httpx.Client, app: str, settings: Settings) -> None:
    credential, _ = issued(ada, app)
    new = replaced(ada, app, credential)["credential_id"]
    with psycopg.connect(settings.database) as connection:
        found = connection.execute(
            "SELECT count(DISTINCT xmin::text) FROM log.events WHERE originator_id = ANY(%s) AND originator_version > 2"
            " OR originator_id = %s",
            [[f"credential-{credential}"], f"credential-{new}"],
        ).fetchone()
    assert found == (1,)
    assert reasons(settings, credential) == ["leaked"]


@pytest.mark.parametrize("kind", ["api_key", "jwt"])
def test_what_leaked_loses_its_place_to_one_that_lives_as_long_again(ada: httpx.Client, app: str, kind: str) -> None:
    credential, _ = issued(ada, app, kind=kind, expires_at=(datetime.now(UTC) + timedelta(days=30)).isoformat())
    lives = datetime.fromisoformat(str(replaced(ada, app, credential)["expires_at"])) - datetime.now(UTC)
    assert abs(lives - timedelta(days=30)) < timedelta(minutes=1)


def test_a_pending_one_is_replaced_by_a_pending_one_even_at_the_limit(ada: httpx.Client, grace: httpx.Client, ada_id: UUID) -> None:
    guarded, app = str(uuid4()), str(uuid4())
    sends(grace, "product.add.v1", product_id=guarded, name=f"Guarded {guarded}", needs_approval=True)
    sends(ada, "app.create.v1", app_id=app, owner={"id": str(ada_id)}, name=f"Waits {app}", products=[guarded])
    ends = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    credential, text = issued(ada, app, expires_at=ends)
    for _ in range(APP_CREDENTIALS_MAX - 1):
        issued(ada, app)
    done = replaced(ada, app, credential)
    assert looked_up(ada, text)["state"] == "revoked"
    new = looked_up(ada, str(done["secret"]))
    assert (new["state"], new["reason"]) == ("pending", "credential_pending")
    assert datetime.fromisoformat(str(new["expires_at"])) == datetime.fromisoformat(ends)


def test_one_whose_predecessor_still_works_is_revoked_and_another_is_issued(ada: httpx.Client, app: str, settings: Settings) -> None:
    first, first_text = issued(ada, app)
    second = ada.post(f"/v1/apps/{app}/credentials/{first}/rotate", json={}).json()
    done = replaced(ada, app, second["credential_id"])
    assert looked_up(ada, second["secret"])["state"] == "revoked"
    assert looked_up(ada, first_text)["state"] == "retiring"
    assert looked_up(ada, str(done["secret"]))["opens"] is True
    assert reasons(settings, second["credential_id"]) == ["leaked"]


def test_where_nothing_is_issued_it_is_revoked_all_the_same_and_the_answer_says_why(
    ada: httpx.Client, grace: httpx.Client, app: str, settings: Settings
) -> None:
    old, old_text = issued(ada, app)
    assert ada.post(f"/v1/apps/{app}/credentials/{old}/rotate", json={}).status_code == 201
    done = replaced(ada, app, old)
    assert (done["secret"], done["credential_id"], done["advice"]) == (None, None, REPLACED)
    assert looked_up(ada, old_text)["opens"] is False
    assert reasons(settings, old) == ["leaked"]
    other, other_text = issued(ada, app)
    gone, _ = issued(ada, app)
    assert ada.post(f"/v1/apps/{app}/credentials/{gone}/revoke", json={"reason": "old"}).status_code == 200
    assert replaced(ada, app, gone)["advice"] == ENDED
    assert reasons(settings, gone) == ["old"]
    sends(grace, "app.suspend.v1", app_id=app, reason="spam")
    assert replaced(ada, app, other)["advice"] == "nothing was issued in its place: its app is suspended"
    assert looked_up(ada, other_text)["state"] == "revoked"


def test_the_same_request_again_has_one_effect_and_shows_no_secret(ada: httpx.Client, app: str) -> None:
    credential, _ = issued(ada, app)
    path, headers = f"/v1/apps/{app}/credentials/{credential}/replace-leaked", {"idempotency-key": str(uuid4())}
    first, again = (ada.post(path, headers=headers).json() for _ in range(2))
    assert first["secret"]
    assert (again["secret"], again["advice"], again["credential_id"]) == (None, ADVICE, first["credential_id"])
    assert len(ada.get(f"/v1/apps/{app}", params={"min_position": first["position"]}).json()["credentials"]) == 2
    assert is_problem(ada.post(path, headers=headers, json={"reason": "another"}), 409, "command_id_reused")


def test_only_owner_and_admin_may_replace_it(as_: As, ada: httpx.Client, grace: httpx.Client, app: str) -> None:
    credential, text = issued(ada, app)
    path = f"/v1/apps/{app}/credentials/{credential}/replace-leaked"
    for who in ("developer:bob", "auditor:otto", "service:billing", "gateway:edge", "system"):
        assert is_problem(as_(who).post(path), 403, "not_allowed")
    assert looked_up(ada, text)["state"] == "active"
    other, _ = create_app(ada, register(ada, "ada"), f"Other {uuid4()}")
    assert is_problem(ada.post(f"/v1/apps/{other}/credentials/{credential}/replace-leaked"), 404, "credential_unknown")
    assert is_problem(ada.post(f"/v1/apps/{uuid4()}/credentials/{credential}/replace-leaked"), 404, "app_unknown")
    assert looked_up(ada, text)["state"] == "active"
    assert replaced(grace, app, credential)["secret"]


@pytest.mark.parametrize(
    "said",
    [{"reason": 1}, {"reason": "\x00"}, {"overlap": "PT1H"}, {"reason": "x" * 1_001}, {"expires_at": "2030-01-01T00:00:00Z"}],
)
def test_what_is_not_well_formed_revokes_nothing(ada: httpx.Client, app: str, said: dict[str, object]) -> None:
    credential, text = issued(ada, app)
    assert is_problem(ada.post(f"/v1/apps/{app}/credentials/{credential}/replace-leaked", json=said), 422, "invalid")
    assert looked_up(ada, text)["state"] == "active"


def test_no_log_line_holds_a_credential_or_its_secret(ada: httpx.Client, app: str) -> None:
    texts = []
    with capture_logs() as logs:  # Before anything is masked.
        for kind in ("api_key", "oauth_client", "jwt"):
            credential, text = issued(ada, app, kind)
            looked_up(ada, text)
            texts += [text, str(replaced(ada, app, credential)["secret"])]
        broken = texts[0][:-1] + ("a" if texts[0][-1] != "a" else "b")
        assert ada.post("/v1/credentials/lookup", json={"credential": broken}).status_code == 422
    written = json.dumps(logs, default=str)
    assert "looked up" in written
    for text in [*texts, broken]:
        assert text[45:80] not in written
        assert text[-20:] not in written


def test_ids_of_what_was_made_can_be_read_from_its_text(ada: httpx.Client, app: str) -> None:
    credential, _ = issued(ada, app)
    done = replaced(ada, app, credential)
    assert str(parse(str(done["secret"])).credential_id) == done["credential_id"]
