"""The check for proxies: any method, four statuses, and nothing of the body."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from adapters.http.forward_auth import ATTRIBUTES_BYTES_MAX
from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from tests.http.checks.conftest import Door

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def ask(url: str, path: str, gateway: httpx.Client | str | None, headers: list[tuple[str, str]], method: str = "GET") -> httpx.Response:
    token = gateway.headers["authorization"] if isinstance(gateway, httpx.Client) else gateway
    own = [] if token is None else [("x-launchpad-gateway", token)]
    content = b"x" * 100_000 if method in {"POST", "PUT"} else None
    return httpx.request(method, f"{url}/v1/forward-auth/{path}", headers=[*own, *headers], content=content, timeout=20)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_answered(method: str, url: str, door: Door, gateway: httpx.Client) -> None:
    _, key = door.issues("api_key")
    assert ask(url, door.product_id, gateway, [("x-api-key", key)], method).status_code == 200
    assert ask(url, door.product_id, gateway, [], method).status_code == 401
    assert ask(url, str(uuid4()), gateway, [("x-api-key", key)], method).status_code == 403


def test_the_credential_comes_in_one_of_two_headers_once(url: str, door: Door, gateway: httpx.Client) -> None:
    _, key = door.issues("api_key")
    bearer = ("authorization", f"Bearer {key}")
    for sent in ([bearer], [("authorization", f"bearer  {key}")], [("x-api-key", key)]):
        assert ask(url, door.product_id, gateway, sent).status_code == 200
    doubtful = [
        [bearer, ("x-api-key", key)],
        [bearer, bearer],
        [("x-api-key", key), ("x-api-key", key)],
        [("authorization", f"Basic {key}")],
        [("authorization", key)],
        [("x-api-key", f"Bearer {key}")],
        [("x-api-key", "")],
    ]
    for sent in doubtful:
        told = ask(url, door.product_id, gateway, sent)
        assert (told.status_code, told.headers["x-launchpad-reason"]) == (401, "malformed"), sent
        assert told.headers["www-authenticate"] == 'Bearer error="invalid_token", error_description="malformed"'


def test_who_sends_no_credential_is_told_no_error(url: str, door: Door, gateway: httpx.Client) -> None:
    told = ask(url, door.product_id, gateway, [])
    assert (told.status_code, told.headers["www-authenticate"], told.headers["x-launchpad-reason"]) == (401, "Bearer", "malformed")


def test_proxies_may_add_the_path_that_they_were_asked_for(url: str, door: Door, gateway: httpx.Client) -> None:
    _, key = door.issues("api_key")
    for path in ("", "/", "/orders/7?page=2", f"/%2e%2e/{uuid4()}"):
        assert ask(url, door.product_id + path, gateway, [("x-api-key", key)]).status_code == 200
    for path in ("", "not-a-product", f"x/{door.product_id}", "%00"):
        told = ask(url, path, gateway, [("x-api-key", key)])
        assert (told.status_code, told.headers["x-launchpad-reason"]) == (403, "product_unknown")


def test_only_a_gateway_to_the_product_may_ask(url: str, door: Door, settings: Settings) -> None:
    _, key = door.issues("api_key")
    issuer = LocalIssuer(settings.home, settings.audience)
    other = issuer.issue("gateway:other", products=[uuid4()])
    tokens = [None, "", "Bearer nonsense", f"Bearer {other}", f"Bearer {issuer.issue('service:billing')}", door.owner, door.admin]
    for token in tokens:
        told = ask(url, door.product_id, token, [("x-api-key", key)])
        assert (told.status_code, told.headers["x-launchpad-reason"]) == (403, "not_allowed")
        assert "x-launchpad-app" not in told.headers
    of_all = issuer.issue("gateway:edge")
    twice = [("x-launchpad-gateway", f"Bearer {of_all}"), ("x-api-key", key)]
    assert ask(url, door.product_id, f"Bearer {of_all}", twice).status_code == 403
    limited = issuer.issue("gateway:maps", products=[uuid4(), door.product_id])  # type: ignore[list-item] # text as well
    assert ask(url, door.product_id, f"Bearer {limited}", [("x-api-key", key)]).status_code == 200


def test_names_and_attributes_fit_into_headers_whatever_is_in_them(url: str, door: Door, gateway: httpx.Client) -> None:
    _, key = door.issues("api_key")
    door.sends(door.owner, "app.edit.v1", app_id=door.app_id, name='Wétter, "jetzt" 天気')
    door.sends(door.owner, "app.set_attributes.v1", app_id=door.app_id, attributes={"größe": '"\\ 天'})
    told = ask(url, door.product_id, gateway, [("x-api-key", key)])
    assert told.headers["x-launchpad-app-name"] == "W%C3%A9tter%2C%20%22jetzt%22%20%E5%A4%A9%E6%B0%97"
    assert told.headers["x-launchpad-attributes"] == '{"gr\\u00f6\\u00dfe":"\\"\\\\ \\u5929"}'
    many = {f"note-{number}": "x" * 2_000 for number in range(3)}
    door.sends(door.owner, "app.set_attributes.v1", app_id=door.app_id, attributes=many)
    told = ask(url, door.product_id, gateway, [("x-api-key", key)])
    assert "x-launchpad-attributes" not in told.headers
    assert int(told.headers["x-launchpad-attributes-left-out"]) > ATTRIBUTES_BYTES_MAX
