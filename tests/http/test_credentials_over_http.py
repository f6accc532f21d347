"""Credentials over HTTP: made and shown once, known again by an Idempotency-Key, rotated, and never to be had again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from adapters.compose import Launchpad
from adapters.http.making import ADVICE, JWT_LIFETIME_DEFAULT
from adapters.identity.own_tokens import TokenKind
from adapters.settings import Settings
from launchpad_client.keys import digest, parse
from tests.http.conftest import As, command, create_app, is_problem, register

pytestmark = pytest.mark.usefixtures("follower")


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def ada_id(ada: httpx.Client) -> UUID:
    return register(ada, "ada")


@pytest.fixture
def app(ada: httpx.Client, ada_id: UUID) -> str:
    return create_app(ada, ada_id, f"App {uuid4()}")[0]


def issue(client: httpx.Client, app: str, key: str | None = None, /, **said: object) -> httpx.Response:
    headers = {} if key is None else {"idempotency-key": key}
    return client.post(f"/v1/apps/{app}/credentials", json={"kind": "api_key"} | said, headers=headers)


def kept_digest(settings: Settings, credential_id: str) -> str | None:
    with psycopg.connect(settings.database) as connection:
        found = connection.execute("SELECT digest FROM access.credential WHERE credential_id = %s", [credential_id]).fetchone()
    return None if found is None else found[0]


@pytest.mark.parametrize("kind", ["api_key", "oauth_client"])
def test_a_credential_is_made_shown_once_and_known_by_its_digest(ada: httpx.Client, app: str, settings: Settings, kind: str) -> None:
    made = issue(ada, app, kind=kind)
    assert made.status_code == 201, made.text
    said = made.json()
    parsed = parse(said["secret"])
    assert (str(parsed.credential_id), parsed.kind, said["key_id"], said["kind"]) == (said["credential_id"], kind, parsed.key_id, kind)
    assert parsed.environment == settings.environment
    assert kept_digest(settings, said["credential_id"]) == digest(said["secret"])
    assert "advice" not in said
    assert (said["client_id"] is not None) == (kind == "oauth_client")
    assert made.headers["location"] == f"/v1/apps/{app}/credentials/{said['credential_id']}"
    shown = ada.get(made.headers["location"], params={"min_position": said["position"]})
    assert (shown.json()["state"], shown.json()["client_id"]) == ("active", said["client_id"])
    assert said["secret"] not in shown.text
    assert digest(said["secret"]) not in shown.text


def test_a_jwt_is_signed_with_the_app_s_products_and_an_expiry(ada: httpx.Client, app: str, launchpad: Launchpad) -> None:
    said = issue(ada, app, kind="jwt").json()
    token = launchpad.own_tokens.read(said["secret"], datetime.now(UTC))
    assert (token.kind, str(token.credential_id), str(token.app_id)) == (TokenKind.JWT, said["credential_id"], app)
    assert token.expires_at == datetime.fromisoformat(said["expires_at"])
    assert abs(token.expires_at - datetime.now(UTC) - JWT_LIFETIME_DEFAULT) < timedelta(minutes=5)
    assert kept_digest(launchpad.settings, said["credential_id"]) == digest(said["secret"])
    rotated = ada.post(f"/v1/apps/{app}/credentials/{said['credential_id']}/rotate", json={"expires_at": "2027-01-05T00:00:00.5Z"})
    assert launchpad.own_tokens.read(rotated.json()["secret"], datetime.now(UTC)).expires_at == datetime(2027, 1, 5, tzinfo=UTC)


def test_a_jwt_that_is_rotated_lives_as_long_again(ada: httpx.Client, app: str, launchpad: Launchpad) -> None:
    week = timedelta(days=7)
    old = issue(ada, app, kind="jwt", expires_at=(datetime.now(UTC) + week).isoformat()).json()
    new = ada.post(f"/v1/apps/{app}/credentials/{old['credential_id']}/rotate", json={}).json()
    expires_at = datetime.fromisoformat(new["expires_at"])
    assert abs(expires_at - datetime.now(UTC) - week) < timedelta(minutes=1)
    assert launchpad.own_tokens.read(new["secret"], datetime.now(UTC)).expires_at == expires_at


def test_a_jwt_that_would_live_too_long_is_refused_and_keeps_no_key_alive(ada: httpx.Client, app: str, launchpad: Launchpad) -> None:
    assert is_problem(issue(ada, app, kind="jwt", expires_at="2999-01-01T00:00:00Z"), 409, "expiry_too_late")
    with psycopg.connect(launchpad.settings.vault) as connection:
        row = connection.execute("SELECT max(last_expiry) FROM vault.signing_keys").fetchone()
    assert row is not None
    assert row[0] < datetime.now(UTC) + timedelta(days=367)


def test_a_jwt_of_the_bus_is_claimed_and_shown_once(ada: httpx.Client, app: str, launchpad: Launchpad) -> None:
    jwt, ends = str(uuid4()), datetime.now(UTC) + timedelta(days=30)
    sent = command("credential.issue.v1", app_id=app, credential_id=jwt, kind="jwt", expires_at=ends.isoformat())
    assert ada.post("/v1/commands", json=sent).status_code == 200
    path = f"/v1/apps/{app}/credentials/{jwt}/claim"
    claimed, again = (ada.post(path, headers={"idempotency-key": "claim"}) for _ in range(2))
    assert str(launchpad.own_tokens.read(claimed.json()["secret"], datetime.now(UTC)).credential_id) == jwt
    assert (again.json()["secret"], again.json()["advice"]) == (None, ADVICE)
    assert ada.post(path).status_code == 409
    key = issue(ada, app).json()["credential_id"]
    assert is_problem(ada.post(f"/v1/apps/{app}/credentials/{key}/claim"), 409, "nothing_to_claim")


def test_a_repeat_gets_the_first_outcome_without_the_secret_and_never_a_second_credential(ada: httpx.Client, app: str) -> None:
    first, again = issue(ada, app, "once").json(), issue(ada, app, "once").json()
    assert (again["secret"], again["advice"]) == (None, ADVICE)
    assert {name: again[name] for name in ("command_id", "credential_id", "position")} == {
        name: first[name] for name in ("command_id", "credential_id", "position")
    }
    listed = ada.get(f"/v1/apps/{app}/credentials", params={"min_position": first["position"]}).json()["items"]
    assert [each["credential_id"] for each in listed] == [first["credential_id"]]


def test_of_two_at_once_with_the_same_key_one_is_shown_the_secret(ada: httpx.Client, app: str, settings: Settings) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = [answered.json() for answered in threads.map(lambda _: issue(ada, app, "race"), range(8))]
    shown = [each["secret"] for each in answers if each["secret"]]
    assert len(shown) == 1
    assert {each["credential_id"] for each in answers} == {str(parse(shown[0]).credential_id)}
    assert kept_digest(settings, answers[0]["credential_id"]) == digest(shown[0])


def test_the_same_key_for_something_else_or_by_somebody_else(ada: httpx.Client, as_: As, ada_id: UUID, app: str) -> None:
    first = issue(ada, app, "key")
    assert is_problem(issue(ada, app, "key", kind="oauth_client"), 409, "command_id_reused")
    other, _ = create_app(ada, ada_id, f"Other {uuid4()}")
    assert is_problem(issue(ada, other, "key"), 409, "command_id_reused")
    by_grace = issue(as_("admin:grace"), app, "key")  # Her keys are her own.
    assert by_grace.json()["secret"]
    assert by_grace.json()["credential_id"] != first.json()["credential_id"]
    without = [issue(ada, app).json()["credential_id"] for _ in range(2)]
    assert len(set(without)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none(ada: httpx.Client, app: str, key: str) -> None:
    answered = issue(ada, app, key)
    assert is_problem(answered, 422, "invalid")
    assert answered.json()["errors"][0]["field"] == "idempotency-key"


def test_rotation_shows_the_new_secret_once_and_both_work_meanwhile(ada: httpx.Client, app: str) -> None:
    old = issue(ada, app).json()
    path = f"/v1/apps/{app}/credentials/{old['credential_id']}"
    rotated, again = (ada.post(f"{path}/rotate", json={"overlap": "PT1H"}, headers={"idempotency-key": "r"}) for _ in range(2))
    assert rotated.status_code == 201, rotated.text
    said = rotated.json()
    assert parse(said["secret"]).key_id == said["key_id"] != old["key_id"]
    assert said["replaces"] == old["credential_id"]
    assert timedelta(minutes=50) < datetime.fromisoformat(said["overlap_ends_at"]) - datetime.now(UTC) < timedelta(minutes=61)
    assert (again.json()["secret"], again.json()["credential_id"]) == (None, said["credential_id"])
    assert ada.get(path, params={"min_position": said["position"]}).json()["state"] == "retiring"
    ended = ada.post(f"{path}/end-overlap").json()
    assert ada.get(path, params={"min_position": ended["position"]}).json()["ended_reason"] == "overlap_ended"
    new = f"/v1/apps/{app}/credentials/{said['credential_id']}"
    revoked = ada.post(f"{new}/revoke", json={"reason": "leaked"}).json()
    assert ada.get(new, params={"min_position": revoked["position"]}).json()["state"] == "revoked"
    states = [ada.get(f"/v1/apps/{app}/credentials", params={"state": state}).json()["items"] for state in ("revoked", "active")]
    assert [len(each) for each in states] == [2, 0]


def test_an_oauth_client_keeps_its_client_id_when_it_is_rotated(ada: httpx.Client, app: str) -> None:
    old = issue(ada, app, kind="oauth_client").json()
    new = ada.post(f"/v1/apps/{app}/credentials/{old['credential_id']}/rotate").json()
    assert new["client_id"] == old["client_id"]
    assert parse(new["secret"]).kind == "oauth_client"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "odd"}, "kind"),
        ({"kind": None}, "kind"),
        ({"secret_digest": "ab" * 32}, "secret_digest"),
        ({"credential_id": str(uuid4())}, "credential_id"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": 12}, "expires_at"),
        ({"kind": "jwt", "expires_at": "tomorrow"}, "expires_at"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(ada: httpx.Client, app: str, said: dict[str, object], field: str) -> None:
    answered = issue(ada, app, **said)
    assert is_problem(answered, 422, "invalid")
    assert [error["field"] for error in answered.json()["errors"]] == [field]


def test_what_is_not_there(ada: httpx.Client, as_: As, app: str) -> None:
    assert is_problem(issue(ada, str(uuid4())), 404, "app_unknown")
    ada.get(f"/v1/apps/{app}", params={"min_position": issue(ada, app).json()["position"]})
    assert is_problem(ada.post(f"/v1/apps/{app}/credentials/{uuid4()}/rotate"), 404, "credential_unknown")
    assert is_problem(ada.get(f"/v1/apps/{app}/credentials/{uuid4()}"), 404, "credential_unknown")
    bob = as_("developer:bob")
    assert is_problem(issue(bob, app), 403, "not_allowed")
    assert is_problem(bob.get(f"/v1/apps/{app}/credentials"), 404, "app_unknown")
    assert is_problem(ada.get(f"/v1/apps/{app}/credentials", params={"stat": "active"}), 422, "invalid")
    assert is_problem(ada.post(f"/v1/apps/{app}/credentials", json=[]), 422, "invalid")


def test_pages_of_credentials(ada: httpx.Client, app: str) -> None:
    made = [issue(ada, app).json() for _ in range(5)]
    read, asked = [], {"limit": 2, "min_position": made[-1]["position"]}
    while True:
        page = ada.get(f"/v1/apps/{app}/credentials", params=asked).json()
        read += [each["credential_id"] for each in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert read == [each["credential_id"] for each in reversed(made)]


def test_no_log_line_holds_a_secret(ada: httpx.Client, app: str) -> None:
    with capture_logs() as lines:
        structlog.get_logger("probe").info("captured")
        said = [issue(ada, app, "log").json(), issue(ada, app, "log", kind="jwt").json(), issue(ada, app, kind="jwt").json()]
        said.append(ada.post(f"/v1/apps/{app}/credentials/{said[0]['credential_id']}/rotate").json())
    secrets = [each["secret"] for each in said if each.get("secret")]
    assert len(secrets) == 3
    assert len(lines) > 3
    for secret in secrets:
        for part in (secret, secret[-49:], digest(secret)):
            assert part not in repr(lines)
