"""Who guesses at OAuth's addresses is counted, and told, as at a gateway's."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.checking.failures import FAILURES_ALERT
from launchpad_client.keys import make_credential
from tests.http.conftest import As, is_problem
from tests.http.oauth.conftest import Door

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def address() -> str:
    """An address that nobody else has; our server believes the proxy on its own machine."""
    return f"2001:db8:1{uuid4().hex[:3]}:1{uuid4().hex[:3]}"


def asks(nobody: httpx.Client, where: str, address: str, client_id: str, secret: str, **form: str) -> httpx.Response:
    form |= {"client_id": client_id, "client_secret": secret}
    return nobody.post(f"/oauth/{where}", data=form, headers={"x-forwarded-for": f"{address}::1"})


def counted(door: Door, by: str, name: str) -> int:
    start = f'launchpad_denied_by_{by}_total{{{by}="{name}"}} '
    return sum(int(line.removeprefix(start)) for line in door.admin.get("/metrics").text.splitlines() if line.startswith(start))


def verdicts(door: Door, verdict: str) -> int:
    start = f'launchpad_checks_total{{verdict="{verdict}"}} '
    return sum(int(line.removeprefix(start)) for line in door.admin.get("/metrics").text.splitlines() if line.startswith(start))


@pytest.mark.parametrize(("where", "form"), [("token", GRANT), ("introspect", {"token": "x"}), ("revoke", {"token": "x"})])
def test_a_wrong_secret_is_counted_by_its_key_id_and_by_where_it_came_from(
    where: str, form: dict[str, str], door: Door, nobody: httpx.Client, address: str
) -> None:
    unknown, malformed = verdicts(door, "unknown"), verdicts(door, "malformed")
    wrong = make_credential("oauth_client", "live", door.credential_id).text
    assert [asks(nobody, where, address, door.client_id, wrong, **form).status_code for _ in range(3)] == [401] * 3
    assert asks(nobody, where, address, door.client_id, "guess", **form).status_code == 401
    assert counted(door, "key_id", door.credential_id.hex) == 3
    assert counted(door, "client_address", f"{address}::/64") == 4
    assert (verdicts(door, "unknown") - unknown, verdicts(door, "malformed") - malformed) == (3, 1)


def test_a_closed_client_is_counted_by_its_reason_and_one_that_is_let_in_as_allowed(door: Door, nobody: httpx.Client, address: str) -> None:
    allowed, revoked = verdicts(door, "allowed"), verdicts(door, "revoked")
    assert asks(nobody, "token", address, door.client_id, door.secret, **GRANT).status_code == 200
    door.revokes()
    assert asks(nobody, "token", address, door.client_id, door.secret, **GRANT).status_code == 401
    assert (verdicts(door, "allowed") - allowed, verdicts(door, "revoked") - revoked) == (1, 1)


def test_who_sends_no_secret_has_guessed_nothing(door: Door, nobody: httpx.Client, address: str) -> None:
    sent = nobody.post("/oauth/token", data=GRANT, headers={"x-forwarded-for": f"{address}::1"})
    assert sent.status_code == 401
    assert is_problem(
        nobody.post("/oauth/introspect", data={"token": "x"}, headers={"x-forwarded-for": f"{address}::1"}), 401, "token_missing"
    )
    assert counted(door, "client_address", f"{address}::/64") == 0


def test_a_token_that_is_called_inactive_is_counted_by_its_key_id(door: Door, as_: As) -> None:
    gateway, inactive, allowed = as_("gateway:edge"), verdicts(door, "inactive"), verdicts(door, "allowed")
    credential_id, key = door.issues("api_key")
    wrong = make_credential("api_key", "live", credential_id).text
    for text in (key, wrong, wrong, "nonsense"):
        gateway.post("/oauth/introspect", data={"token": text})
    assert counted(door, "key_id", credential_id.hex) == 2
    assert (verdicts(door, "inactive") - inactive, verdicts(door, "allowed") - allowed) == (3, 1)


def test_an_access_token_of_a_closed_client_is_counted_by_its_credential(door: Door, nobody: httpx.Client, as_: As, address: str) -> None:
    token = asks(nobody, "token", address, door.client_id, door.secret, **GRANT).json()["access_token"]
    door.revokes()
    assert as_("gateway:edge").post("/oauth/introspect", data={"token": token}).json() == {"active": False}
    assert counted(door, "key_id", door.credential_id.hex) == 1


def test_many_guesses_are_told_once(door: Door, nobody: httpx.Client, address: str) -> None:
    wrong = make_credential("oauth_client", "live", door.credential_id).text
    with capture_logs() as lines:
        for _ in range(FAILURES_ALERT + 1):
            asks(nobody, "token", address, door.client_id, wrong, **GRANT)
    told = [each for each in lines if each["event"] == "many denied checks"]
    assert [each["key_id"] for each in told if "key_id" in each] == [door.credential_id.hex]
    assert [each["client_address"] for each in told if "client_address" in each] == [f"{address}::/64"]
