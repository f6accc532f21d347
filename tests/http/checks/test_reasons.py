"""Each reason against a credential, as a gateway hears it: in JSON, and as a proxy that obeys a status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from adapters.http.forward_auth import UNPROVED
from adapters.settings import Settings
from launchpad_client.keys import make_credential
from readmodels.access import REASONS
from tests.http.checks.conftest import Door, Verifies

NOTHING_TOLD = {"allowed": False, "app": None, "owner": None, "credential_id": None, "kind": None, "expires_at": None}
STATES = {
    "revoked": "UPDATE access.credential SET status = 'revoked' WHERE credential_id = %(credential)s",
    "expired": "UPDATE access.credential SET status = 'expired' WHERE credential_id = %(credential)s",
    "overlap_ended": "UPDATE access.credential SET status = 'overlap_ended' WHERE credential_id = %(credential)s",
    "credential_pending": "UPDATE access.credential SET status = 'pending' WHERE credential_id = %(credential)s",
    "app_pending": "UPDATE access.app SET status = 'pending' WHERE app_id = %(app)s",
    "app_rejected": "UPDATE access.app SET status = 'rejected' WHERE app_id = %(app)s",
    "app_suspended": "UPDATE access.app SET status = 'suspended' WHERE app_id = %(app)s",
    "app_deleted": "UPDATE access.app SET status = 'deleted' WHERE app_id = %(app)s",
    "product_unknown": "DELETE FROM access.product WHERE product_id = %(product)s",
    "product_retired": "UPDATE access.product SET status = 'retired' WHERE product_id = %(product)s",
    "product_not_approved": "UPDATE access.subscription SET status = 'pending' WHERE app_id = %(app)s",
    "unknown": "UPDATE access.app SET status = 'glorious' WHERE app_id = %(app)s",
}
"""Events lead to these rows: tests/postgres/test_access.py."""


@pytest.fixture
def rows(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """The access rows, for somebody who may change anything."""
    with psycopg.connect(settings.database, autocommit=True) as connection:
        yield connection


def forwarded(gateway: httpx.Client, product: str, **headers: str) -> httpx.Response:
    own = {"x-launchpad-gateway": gateway.headers["authorization"], "authorization": ""}
    request = gateway.build_request("GET", f"/v1/forward-auth/{product}", headers=own | headers)
    if "authorization" not in headers:
        del request.headers["authorization"]
    return gateway.send(request)


def test_what_is_open_is_told_with_app_and_owner(door: Door, gateway: httpx.Client, verifies: Verifies) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    credential_id, text = door.issues("api_key", expires_at=ends.isoformat())
    door.sends(door.owner, "app.set_attributes.v1", app_id=door.app_id, attributes={"tier": "gøld"})
    said = verifies(text, door.product_id)
    owner = said.pop("owner")
    assert said == {
        "allowed": True,
        "reason": None,
        "app": {"id": door.app_id, "name": "Weather", "attributes": {"tier": "gøld"}},
        "credential_id": str(credential_id),
        "kind": "api_key",
        "expires_at": ends.isoformat(),
    }
    told = forwarded(gateway, door.product_id, authorization=f"Bearer {text}")
    assert (told.status_code, told.content) == (200, b"")
    ours = {name: value for name, value in told.headers.items() if name.startswith("x-launchpad")}
    assert ours == {
        "x-launchpad-app": door.app_id,
        "x-launchpad-app-name": "Weather",
        "x-launchpad-owner": f"developer:{owner['id']}",
        "x-launchpad-credential": str(credential_id),
        "x-launchpad-kind": "api_key",
        "x-launchpad-attributes": '{"tier":"g\\u00f8ld"}',
        "x-launchpad-expires": ends.isoformat().replace("+00:00", ".000Z"),
    }


@pytest.mark.parametrize("reason", STATES)
def test_each_state_has_its_reason(
    reason: str, door: Door, gateway: httpx.Client, verifies: Verifies, rows: psycopg.Connection[Any]
) -> None:
    credential_id, text = door.issues("api_key")
    assert verifies(text, door.product_id)["allowed"]
    rows.execute(STATES[reason].encode(), {"credential": credential_id, "app": door.app_id, "product": door.product_id})
    said = verifies(text, door.product_id)
    assert (said["allowed"], said["reason"], said["app"]["id"]) == (False, reason, door.app_id)
    told = forwarded(gateway, door.product_id, authorization=f"Bearer {text}")
    assert (told.status_code, told.headers["x-launchpad-reason"]) == (401 if reason in UNPROVED else 403, reason)
    assert told.headers.get("www-authenticate", "Bearer error").startswith("Bearer error")
    assert "x-launchpad-app" not in told.headers
    wrong = make_credential("api_key", "live", credential_id).text
    assert verifies(wrong, door.product_id) == {"reason": "unknown", **NOTHING_TOLD}


def test_every_reason_is_shown_here() -> None:
    assert set(STATES) == REASONS


WRONG: dict[str, Callable[[Door], str]] = {
    "nothing": lambda _: "",
    "a word": lambda _: "letmein",
    "a wrong checksum": lambda door: door.issues("api_key")[1][:-6] + "000000",
    "another environment": lambda door: door.issues("api_key")[1].replace("lpklive", "lpktest"),
    "a client's secret": lambda door: door.secret,
    "a token without a signature": lambda _: "eyJhbGciOiJub25lIn0.e30.",
    "dots": lambda _: "..",
    "a hundred thousand letters": lambda _: "a" * 60_000,
    "other letters": lambda _: "lpklive_ключ",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_credential_is_malformed(what: str, door: Door, verifies: Verifies) -> None:
    assert verifies(WRONG[what](door), door.product_id) == {"reason": "malformed", **NOTHING_TOLD}


def test_unknown_and_wrong_are_told_alike(door: Door, verifies: Verifies) -> None:
    credential_id, _ = door.issues("api_key")
    for text in (make_credential("api_key", "live", uuid4()).text, make_credential("api_key", "live", credential_id).text):
        assert verifies(text, door.product_id) == {"reason": "unknown", **NOTHING_TOLD}
