"""A client's metadata, as it is at that moment: no follower runs here, so whatever the dashboard would say is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from launchpad_client.keys import make_credential
from tests.http.conftest import As, is_problem
from tests.http.oauth.conftest import Door


def seen(client: httpx.Client, door: Door) -> dict[str, Any]:
    """The client's metadata, as that one sees it."""
    answered = client.get(f"/v1/clients/{door.client_id}")
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


def rotated(door: Door, overlap: str) -> dict[str, str]:
    """Rotate the client's secret; names the successor."""
    successor = uuid4()
    ids = {"app_id": door.app_id, "credential_id": str(door.credential_id), "successor_id": str(successor), "overlap": overlap}
    door.sends(door.owner, "credential.rotate.v1", **ids, secret_digest=make_credential("oauth_client", "live", successor).digest)
    return {"app_id": door.app_id, "credential_id": str(successor)}


def test_the_company_s_authorization_server_reads_a_client_with_its_callback_urls(door: Door, as_: As) -> None:
    login = as_("gateway:login")
    assert (seen(login, door)["redirect_uris"], seen(login, door)["grant_types"]) == ([], ["client_credentials"])
    door.sends(door.owner, "app.edit.v1", app_id=door.app_id, callback_urls=["https://weather.example.com/cb"])
    found = seen(login, door)
    assert (found["client_id"], found["redirect_uris"]) == (door.client_id, ["https://weather.example.com/cb"])
    assert (found["client_name"], found["grant_types"]) == ("Weather", ["client_credentials", "authorization_code"])
    assert (found["app_id"], found["app_status"], found["active"]) == (door.app_id, "active", True)
    assert abs(found["client_id_issued_at"] - datetime.now(UTC).timestamp()) < 60


def test_owner_and_whoever_sees_all_apps_may_look_and_a_stranger_may_not(door: Door, as_: As) -> None:
    for who in (door.owner, door.admin, as_("auditor:ann")):
        assert seen(who, door)["client_id"] == door.client_id
    assert is_problem(as_("developer:stranger").get(f"/v1/clients/{door.client_id}"), 404, "client_unknown")


def test_what_is_no_client_s_id_is_unknown(door: Door, as_: As) -> None:
    successor = rotated(door, "PT1H")["credential_id"]
    key, _ = door.issues("api_key")
    for nothing in (f"client-{uuid4()}", "client-x", "x", str(door.credential_id), f"client-{successor}", f"client-{key}"):
        assert is_problem(as_("gateway:login").get(f"/v1/clients/{nothing}"), 404, "client_unknown")


def test_a_client_is_inactive_from_the_moment_its_secret_is_revoked(door: Door, as_: As) -> None:
    door.revokes()
    assert not seen(as_("gateway:login"), door)["active"]


def test_a_client_is_active_by_whichever_of_its_secrets_works_and_by_no_other_client_s(door: Door, as_: As) -> None:
    login, first = as_("gateway:login"), {"app_id": door.app_id, "credential_id": str(door.credential_id)}
    other, _ = door.issues("oauth_client")
    successor = rotated(door, "PT1H")
    assert seen(login, door)["active"]
    door.sends(door.owner, "credential.end_overlap.v1", **first)
    found = seen(login, door)
    assert found["active"]
    assert found["client_id_issued_at"] <= datetime.now(UTC).timestamp()
    door.sends(door.owner, "credential.revoke.v1", **successor, reason="lost")
    assert not seen(login, door)["active"]
    door.client_id = f"client-{other}"
    assert seen(login, door)["active"]


def test_a_rotation_without_overlap_leaves_a_client_active(door: Door, as_: As) -> None:
    rotated(door, "PT0S")
    assert seen(as_("gateway:login"), door)["active"]


def test_a_client_is_inactive_while_its_app_is_suspended(door: Door, as_: As) -> None:
    door.sends(door.admin, "app.suspend.v1", app_id=door.app_id, reason="spam")
    found = seen(as_("gateway:login"), door)
    assert (found["app_status"], found["active"]) == ("suspended", False)
    door.sends(door.admin, "app.reinstate.v1", app_id=door.app_id)
    assert seen(as_("gateway:login"), door)["active"]


def test_time_ends_a_client_by_the_database_s_clock(door: Door, as_: As) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=2)
    credential_id, _ = door.issues("oauth_client", expires_at=ends.isoformat())
    door.client_id = f"client-{credential_id}"
    login = as_("gateway:login")
    while datetime.now(UTC) < ends:
        found = seen(login, door)["active"]
        assert found or datetime.now(UTC) >= ends
    assert not seen(login, door)["active"]


def test_a_gateway_sees_the_clients_of_its_own_products_alone(door: Door, url: str, settings: Settings) -> None:
    issuer = LocalIssuer(settings.home, settings.audience)

    def sees(*products: UUID) -> httpx.Response:
        token = issuer.issue("gateway:edge", products=products)
        return httpx.get(f"{url}/v1/clients/{door.client_id}", headers={"authorization": f"Bearer {token}"})

    assert sees(UUID(door.product_id), uuid4()).json()["active"]
    assert is_problem(sees(uuid4()), 404, "client_unknown")
    door.sends(door.admin, "app.suspend.v1", app_id=door.app_id, reason="spam")
    assert not sees(UUID(door.product_id)).json()["active"], "what its products were opened by, it may see closed"
    door.sends(door.owner, "app.remove_products.v1", app_id=door.app_id, products=[door.product_id])
    assert is_problem(sees(UUID(door.product_id)), 404, "client_unknown")
