"""Proxies with the configurations that docs/how-to/gateways.md shows: who is let in, who is not, and what the API behind is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from adapters.checking.failures import OTHER
from adapters.http.forward_auth import HEADERS
from adapters.identity.local_issuer import LocalIssuer
from adapters.local.ports import free_port
from adapters.settings import Settings
from tests.http.checks.conftest import Door
from tests.http.checks.proxies import PROXIES, answering, new_place, running, shown

OURS = {*(name.lower() for name in HEADERS), "x-launchpad-gateway"}
SPOOFED = dict.fromkeys([*HEADERS, "X-Launchpad-Gateway"], "spoofed")
AWAY = {"nginx": (500, 500), "Traefik": (500, 503), "Envoy": (503, 503)}
"""What each says when it can't reach us, and when we answer that we can't tell."""


@pytest.fixture
def placeholders(door: Door, settings: Settings) -> dict[str, str]:
    return {"PRODUCT_ID": door.product_id, "GATEWAY_TOKEN": LocalIssuer(settings.home, settings.audience).issue("gateway:edge")}


@pytest.fixture
def api() -> Iterator[str]:
    with answering(200) as address:
        yield address


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest, url: str, placeholders: dict[str, str], api: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a proxy, in front of the API."""
    with running(request.param, new_place(tmp_path, url.removeprefix("http://"), api, placeholders)) as client:
        yield client


def test_who_may_is_let_in_and_the_api_is_told_who_it_is(proxy: httpx.Client, door: Door) -> None:
    credential_id, key = door.issues("api_key")
    door.sends(door.owner, "app.set_attributes.v1", app_id=door.app_id, attributes={"tier": "gøld", "note": "x" * 2_000})
    for sent in ({"x-api-key": key}, {"authorization": f"Bearer {key}"}):
        answered = proxy.post("/orders?page=2", headers=sent, content=b"a body" * 10_000)
        assert answered.status_code == 200, answered.text
        told = answered.json()
        assert (told["path"], told["body"]) == ("/orders?page=2", "a body" * 10_000)
        ours = {name: value for name, value in told["headers"] if name.startswith("x-launchpad")}
        owner = ours.pop("x-launchpad-owner")
        assert owner.startswith("developer:")
        assert ours == {
            "x-launchpad-app": door.app_id,
            "x-launchpad-app-name": "Weather",
            "x-launchpad-credential": str(credential_id),
            "x-launchpad-kind": "api_key",
            "x-launchpad-attributes": json.dumps({"note": "x" * 2_000, "tier": "gøld"}, separators=(",", ":")),
        }
        assert key not in answered.text


def test_nothing_that_a_client_says_under_our_names_reaches_the_api(proxy: httpx.Client, door: Door) -> None:
    _, key = door.issues("api_key")
    again = [(name.upper(), "spoofed twice") for name in SPOOFED]
    underscores = [(name.replace("-", "_", count), "spoofed below") for name in SPOOFED for count in (1, 2, -1)]
    answered = proxy.get("/orders", headers=[*SPOOFED.items(), *again, *underscores, ("x-api-key", key)])
    assert answered.status_code == 200, answered.text
    assert "spoofed" not in answered.text
    assert [value for name, value in answered.json()["headers"] if name == "x-launchpad-app"] == [door.app_id]


def test_a_client_cannot_have_ours_taken_away_by_calling_them_hop_by_hop(proxy: httpx.Client, door: Door) -> None:
    _, key = door.issues("api_key")
    for some in (sorted(OURS)[::2], sorted(OURS)[1::2]):  # Envoy refuses more than a few at once.
        answered = proxy.get("/orders", headers={"x-api-key": key, "connection": ", ".join(some)})
        assert answered.status_code == 200, answered.text
        told = answered.json()["headers"]
        assert {name for name, _ in told} >= {"x-launchpad-app", "x-launchpad-owner", "x-launchpad-kind", "x-launchpad-attributes"}


def test_who_may_not_is_told_why(proxy: httpx.Client, door: Door) -> None:
    credential_id, key = door.issues("api_key")
    nothing = proxy.get("/orders", headers=SPOOFED | {"X-Launchpad-App": door.app_id})
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    for method in ("GET", "POST", "DELETE"):
        assert proxy.request(method, "/orders", headers={"x-api-key": key}).status_code == 200
    both = proxy.get("/orders", headers={"x-api-key": key, "authorization": f"Bearer {key}"})
    assert (both.status_code, both.headers["x-launchpad-reason"]) == (401, "malformed")
    door.sends(door.admin, "app.suspend.v1", app_id=door.app_id, reason="late")
    suspended = proxy.get("/orders", headers={"x-api-key": key})
    assert (suspended.status_code, suspended.headers["x-launchpad-reason"]) == (403, "app_suspended")
    door.sends(door.owner, "credential.revoke.v1", app_id=door.app_id, credential_id=str(credential_id), reason="lost")
    revoked = proxy.get("/orders", headers={"x-api-key": key})
    assert (revoked.status_code, revoked.headers["x-launchpad-reason"]) == (401, "revoked")
    assert revoked.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize("name", PROXIES)
def test_nobody_is_let_in_while_we_cannot_be_asked(name: str, placeholders: dict[str, str], api: str, tmp_path: Path) -> None:
    unreachable = f"127.0.0.1:{free_port()}"
    with answering(503) as cannot_tell:
        for launchpad, status in zip((unreachable, cannot_tell), AWAY[name], strict=True):
            with running(name, new_place(tmp_path, launchpad, api, placeholders)) as client:
                assert client.get("/orders", headers={"x-api-key": "x"}).status_code == status


def test_denials_are_counted_under_the_address_that_the_proxy_saw(proxy: httpx.Client, door: Door) -> None:
    before = denials_by_address(door)
    claimed = "203.0.113.9"
    assert proxy.get("/orders", headers={"x-api-key": "x", "x-forwarded-for": claimed}).status_code == 401
    counted = denials_by_address(door) - before
    assert counted.total() == 1
    assert counted.keys().isdisjoint({claimed, OTHER})  # Envoy calls a client on its own machine by the machine's address.


def denials_by_address(door: Door) -> Counter[str]:
    """How many checks were denied to whom."""
    told = re.findall(r'by_client_address_total\{client_address="(.*?)"\} (\d+)', door.admin.get("/metrics").text)
    return Counter({address: int(count) for address, count in told})


def test_nobody_reaches_nginx_s_check_from_outside(url: str, placeholders: dict[str, str], api: str, tmp_path: Path) -> None:
    with running("nginx", new_place(tmp_path, url.removeprefix("http://"), api, placeholders)) as client:
        assert client.get("/_launchpad", headers={"x-api-key": "x"}).status_code == 404


def test_each_file_names_every_header_of_ours() -> None:
    api_only = shown("nginx").partition("location = ")[0]
    assert {name.lower() for name in re.findall(r"proxy_set_header (X-Launchpad-\S+)", api_only)} == OURS
    strips = yaml.safe_load(shown("Envoy"))["http_filters"][0]
    assert {each["remove"] for each in strips["typed_config"]["mutations"]["request_mutations"]} == OURS
    check = yaml.safe_load(shown("Traefik"))["http"]["middlewares"]["launchpad-check"]["forwardAuth"]
    assert all(re.search(check["authResponseHeadersRegex"], name, re.IGNORECASE) for name in OURS)
