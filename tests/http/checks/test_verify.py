"""The check in JSON: one, or many at once; with API keys, jwt credentials and access tokens."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from adapters.checking.checks import ASKED_MAX
from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from tests.http.checks.conftest import Door, Verifies
from tests.http.conftest import As, is_problem


def test_an_access_token_opens_what_its_credential_opens_now(url: str, door: Door, verifies: Verifies) -> None:
    grant = {"grant_type": "client_credentials"}
    given = httpx.post(f"{url}/oauth/token", data=grant, auth=(door.client_id, door.secret)).json()["access_token"]
    said = verifies(given, door.product_id)
    assert (said["allowed"], said["kind"], said["credential_id"]) == (True, "access_token", str(door.credential_id))
    assert said["expires_at"] is not None
    assert verifies(given, str(uuid4()))["reason"] == "product_unknown"
    assert verifies(given[:-8] + "AAAAAAAA", door.product_id)["reason"] in {"unknown", "malformed"}
    other = httpx.post(f"{url}/oauth/token", data=grant, auth=(door.client_id, door.secret)).json()["access_token"]
    httpx.post(f"{url}/oauth/revoke", data={"token": other}, auth=(door.client_id, door.secret))
    assert verifies(other, door.product_id)["reason"] == "revoked"
    assert verifies(given, door.product_id)["allowed"]
    door.revokes()
    assert verifies(given, door.product_id)["reason"] == "revoked"


def test_many_are_answered_each_for_itself_in_their_order(door: Door, gateway: httpx.Client) -> None:
    keys = [door.issues("api_key")[1] for _ in range(3)]
    texts = [*keys, "nonsense", keys[0][:-6] + "000000", *keys] * 20
    checks = [{"credential": text, "product_id": door.product_id} for text in texts]
    told = gateway.post("/v1/verify/batch", json={"checks": checks})
    assert told.status_code == 200
    assert [each["allowed"] for each in told.json()["verdicts"]] == [text in keys for text in texts]
    single = gateway.post("/v1/verify", json=checks[0]).json()
    assert told.json()["verdicts"][0] == single


@pytest.mark.parametrize("count", [0, ASKED_MAX + 1])
def test_a_batch_holds_at_most_five_hundred(count: int, gateway: httpx.Client) -> None:
    checks = [{"credential": "x", "product_id": str(uuid4())}] * count
    assert is_problem(gateway.post("/v1/verify/batch", json={"checks": checks}), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b'{"credential": NaN}', 400, "not_json"),
        (b"[]", 422, "invalid"),
        (b'{"credential": "s3cret-of-somebody"}', 422, "invalid"),
        (b'{"credential": 7, "product_id": "9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1"}', 422, "invalid"),
        (b'{"credential": "x", "product_id": "s3cret-of-somebody"}', 422, "invalid"),
        (b'{"credential": "x", "product_id": "9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1", "product": 1}', 422, "invalid"),
        (b'"' + b"x" * 70_000 + b'"', 413, "too_large"),
    ],
)
def test_what_is_not_well_formed_is_told_without_repeating_it(body: bytes, status: int, code: str, gateway: httpx.Client) -> None:
    told = gateway.post("/v1/verify", content=body)
    assert is_problem(told, status, code)
    assert "s3cret" not in told.text


def test_only_gateways_ask_and_only_about_their_products(door: Door, nobody: httpx.Client, as_: As, url: str, settings: Settings) -> None:
    _, key = door.issues("api_key")
    question = {"credential": key, "product_id": door.product_id}
    assert is_problem(nobody.post("/v1/verify", json=question), 401, "token_missing")
    for who in ("developer:ada", "admin:grace", "auditor:ann", "service:billing"):
        assert is_problem(as_(who).post("/v1/verify", json=question), 403, "not_allowed")
    issuer = LocalIssuer(settings.home, settings.audience)
    bearer = {"authorization": f"Bearer {issuer.issue('gateway:maps', products=[UUID(door.product_id)])}"}
    assert httpx.post(f"{url}/v1/verify", json=question, headers=bearer).json()["allowed"]
    both = {"checks": [question, question | {"product_id": str(uuid4())}]}
    assert is_problem(httpx.post(f"{url}/v1/verify/batch", json=both, headers=bearer), 403, "not_allowed")
    assert is_problem(httpx.get(f"{url}/v1/verify", headers=bearer), 405, "method_not_allowed")
    twice = [("authorization", bearer["authorization"])] * 2
    assert is_problem(httpx.post(f"{url}/v1/verify", json=question, headers=twice), 400, "invalid")


def test_denials_are_counted_by_key_and_by_client(door: Door, gateway: httpx.Client, as_: As) -> None:
    credential_id, key = door.issues("api_key")
    door.sends(door.owner, "credential.revoke.v1", app_id=door.app_id, credential_id=str(credential_id), reason="lost")
    address = f"2001:db8::{uuid4().hex[:4]}"
    question = {"credential": key, "product_id": door.product_id, "client_address": address}
    for _ in range(3):
        gateway.post("/v1/verify", json=question)
    gateway.post("/v1/verify", json=question | {"client_address": 'x"} 1\n'})
    told = as_("auditor:ann").get("/metrics")
    lines = told.text.splitlines()
    assert f'launchpad_denied_by_key_id_total{{key_id="{credential_id.hex}"}} 4' in lines
    assert sum(line.startswith("launchpad_denied_by_client_address_total{") and line.endswith(" 3") for line in lines) >= 1
    assert 'launchpad_denied_by_client_address_total{client_address="other"} 1' in lines
    assert any(line.startswith('launchpad_checks_total{verdict="revoked"} ') for line in lines)
    assert key not in told.text
    assert is_problem(gateway.get("/metrics"), 403, "not_allowed")


def test_a_jwt_credential_opens_what_its_app_may_call_until_it_is_revoked(door: Door, verifies: Verifies) -> None:
    made = door.owner.post(f"/v1/apps/{door.app_id}/credentials", json={"kind": "jwt"}, headers={"idempotency-key": str(uuid4())})
    assert made.status_code == 201, made.text
    text, credential_id = made.json()["secret"], made.json()["credential_id"]
    said = verifies(text, door.product_id)
    assert (said["allowed"], said["kind"], said["credential_id"]) == (True, "jwt", credential_id)
    head, claims, signature = text.split(".")
    for forged in (f"{head}.{claims}.", f"{head}.{claims[:-1]}.{signature}", text.swapcase(), f"{text}.", f"{text} "):
        assert verifies(forged, door.product_id)["reason"] in {"malformed", "unknown"}
    door.sends(door.owner, "credential.revoke.v1", app_id=door.app_id, credential_id=credential_id, reason="lost")
    assert verifies(text, door.product_id)["reason"] == "revoked"
