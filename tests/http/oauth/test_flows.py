"""Each OAuth flow, made by an ordinary OAuth client library."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from joserfc import jwt
from joserfc.jwk import KeySet

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from launchpad_client.keys import digest, make_credential
from tests.http.conftest import As, create_app, is_problem, register
from tests.http.oauth.conftest import Door


def client(url: str, door: Door, method: str = "client_secret_basic") -> OAuth2Client:
    return OAuth2Client(
        door.client_id,
        door.secret,
        token_endpoint=f"{url}/oauth/token",
        grant_type="client_credentials",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
def oauth(request: pytest.FixtureRequest, url: str, door: Door) -> Iterator[OAuth2Client]:
    with client(url, door, request.param) as oauth:
        yield oauth


def test_a_client_gets_a_token_that_anybody_can_check_with_our_keys(oauth: OAuth2Client, url: str, door: Door, settings: Settings) -> None:
    given = oauth.fetch_token()
    assert given["token_type"] == "Bearer"
    assert given["expires_in"] in {299, 300}, "five minutes, without the part of a second that has passed"
    keys = httpx.get(f"{url}/.well-known/jwks.json")
    assert keys.headers["cache-control"] == "public, max-age=300"
    token = jwt.decode(given["access_token"], KeySet.import_key_set(keys.json()), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["client_id"] == token.claims["sub"] == door.client_id
    assert (token.claims["aud"], token.claims["app_id"]) == (settings.api_audience, door.app_id)
    assert token.claims["products"] == [door.product_id]
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 300


def test_a_client_looks_at_its_own_token_and_calls_it_back(oauth: OAuth2Client, url: str) -> None:
    text = oauth.fetch_token()["access_token"]
    told = oauth.introspect_token(f"{url}/oauth/introspect", text).json()
    assert (told["active"], told["token_type"], told["client_id"]) == (True, "Bearer", oauth.client_id)
    assert oauth.revoke_token(f"{url}/oauth/revoke", text).status_code == 200  # type: ignore[no-untyped-call]
    assert oauth.introspect_token(f"{url}/oauth/introspect", text).json() == {"active": False}
    assert oauth.revoke_token(f"{url}/oauth/revoke", text).status_code == 200  # type: ignore[no-untyped-call]


def test_a_wrong_secret_and_an_unknown_client_are_told_alike(url: str, door: Door) -> None:
    _, other = door.issues("oauth_client")
    said = set()
    for client_id, secret in ((door.client_id, other), (f"client-{uuid4()}", door.secret), (door.client_id, "lpclive_x"), ("x", "y")):
        door_ = Door(door.app_id, door.product_id, door.credential_id, client_id, secret, door.owner, door.admin)
        with client(url, door_) as oauth, pytest.raises(OAuthError) as refused:
            oauth.fetch_token()
        assert refused.value.error == "invalid_client"
        said.add(refused.value.description)
    assert said == {"the client's id or secret is wrong"}


def test_an_access_token_is_inactive_from_the_moment_its_client_is_closed(oauth: OAuth2Client, url: str, door: Door, as_: As) -> None:
    text = oauth.fetch_token()["access_token"]
    gateway = as_("gateway:edge")
    assert gateway.post("/oauth/introspect", data={"token": text}).json()["active"]
    door.revokes()
    assert gateway.post("/oauth/introspect", data={"token": text}).json() == {"active": False}
    with pytest.raises(OAuthError, match="revoked"):
        oauth.fetch_token()


@pytest.mark.parametrize(
    ("kind", "data"),
    [("app.suspend.v1", {"reason": "spam"}), ("app.delete.v1", {"reason": "old"}), ("app.remove_products.v1", {})],
)
def test_what_closes_an_app_or_a_product_closes_its_tokens(kind: str, data: dict[str, object], url: str, door: Door, as_: As) -> None:
    with client(url, door) as oauth:
        text = oauth.fetch_token()["access_token"]
    if kind == "app.remove_products.v1":
        data = {"products": [door.product_id]}
    door.sends(door.admin, kind, app_id=door.app_id, **data)
    assert as_("gateway:edge").post("/oauth/introspect", data={"token": text}).json() == {"active": False}


def test_both_secrets_of_a_rotation_get_tokens_until_the_overlap_ends(url: str, door: Door, as_: As) -> None:
    successor = uuid4()
    made = make_credential("oauth_client", "live", successor)
    ids = {"app_id": door.app_id, "credential_id": str(door.credential_id)}
    door.sends(door.owner, "credential.rotate.v1", **ids, successor_id=str(successor), secret_digest=made.digest)
    with (
        client(url, door) as old,
        OAuth2Client(door.client_id, made.text, token_endpoint=f"{url}/oauth/token", grant_type="client_credentials") as new,
    ):
        of_old, of_new = old.fetch_token()["access_token"], new.fetch_token()["access_token"]
        door.sends(door.owner, "credential.end_overlap.v1", **ids)
        with pytest.raises(OAuthError, match="overlap_ended"):
            old.fetch_token()
        new.fetch_token()
    gateway = as_("gateway:edge")
    assert [gateway.post("/oauth/introspect", data={"token": text}).json()["active"] for text in (of_old, of_new)] == [False, True]


def test_a_gateway_hears_of_its_own_products_alone(url: str, door: Door, as_: As, settings: Settings) -> None:
    with client(url, door) as oauth:
        text = oauth.fetch_token()["access_token"]
    issuer = LocalIssuer(settings.home, settings.audience)

    def hears(*products: UUID) -> dict[str, object]:
        token = issuer.issue("gateway:edge", products=products)
        told = httpx.post(f"{url}/oauth/introspect", data={"token": text}, headers={"authorization": f"Bearer {token}"})
        return dict(told.json())

    told = hears(UUID(door.product_id), uuid4())
    assert (told["active"], told["products"]) == (True, [door.product_id])
    assert hears(uuid4()) == {"active": False}, "it opens nothing of what this gateway guards"


def test_an_api_key_is_looked_at_like_a_token(door: Door, as_: As) -> None:
    credential_id, text = door.issues("api_key")
    told = as_("gateway:edge").post("/oauth/introspect", data={"token": text}).json()
    assert (told["active"], told["token_type"], told["credential_id"]) == (True, "api_key", str(credential_id))
    assert as_("gateway:edge").post("/oauth/introspect", data={"token": door.secret}).json() == {"active": False}, "a secret is no token"
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert as_("gateway:edge").post("/oauth/introspect", data={"token": wrong}).json() == {"active": False}


def test_a_jwt_credential_is_active_when_it_is_the_one_that_was_shown(door: Door, as_: As, launchpad: Launchpad) -> None:
    credential, now = uuid4(), datetime.now(UTC)
    ends = now + timedelta(days=1)

    def sign(products: list[UUID]) -> str:
        return launchpad.own_tokens.sign_credential(credential, app_id=UUID(door.app_id), products=products, issued_at=now, expires_at=ends)

    shown, other = sign([UUID(door.product_id)]), sign([])
    asked = {"app_id": door.app_id, "credential_id": str(credential), "kind": "jwt", "expires_at": ends.isoformat()}
    door.sends(door.owner, "credential.issue.v1", **asked)
    gateway = as_("gateway:edge")
    assert gateway.post("/oauth/introspect", data={"token": shown}).json() == {"active": False}, "nobody has claimed it"
    ids = {"app_id": door.app_id, "credential_id": str(credential)}
    door.sends(door.owner, "credential.claim.v1", **ids, secret_digest=digest(shown))
    told = gateway.post("/oauth/introspect", data={"token": shown}).json()
    assert (told["active"], told["jti"], told["products"]) == (True, str(credential), [door.product_id])
    assert gateway.post("/oauth/introspect", data={"token": other}).json() == {"active": False}, "signed by us, and never shown"
    door.sends(door.owner, "credential.revoke.v1", **ids, reason="lost")
    assert gateway.post("/oauth/introspect", data={"token": shown}).json() == {"active": False}


def test_who_may_not_look_at_tokens_is_told(door: Door, as_: As, nobody: httpx.Client) -> None:
    assert is_problem(nobody.post("/oauth/introspect", data={"token": "x"}), 401, "token_missing")
    assert is_problem(door.owner.post("/oauth/introspect", data={"token": "x"}), 403, "not_allowed")
    assert is_problem(door.admin.post("/oauth/introspect", data={"token": "x"}), 403, "not_allowed")


def test_another_client_s_token_is_neither_shown_nor_called_back(url: str, door: Door, as_: As) -> None:
    with client(url, door) as oauth:
        text = oauth.fetch_token()["access_token"]
    name = f"otto{uuid4().hex[:8]}"
    owner = as_(f"developer:{name}")
    app_id, _ = create_app(owner, register(owner, name), "Other")
    other = Door(app_id, door.product_id, UUID(int=0), "", "", owner, door.admin)
    other.credential_id, other.secret = other.issues("oauth_client")
    other.client_id = f"client-{other.credential_id}"
    with client(url, other) as theirs:
        assert theirs.introspect_token(f"{url}/oauth/introspect", text).json() == {"active": False}
        assert theirs.revoke_token(f"{url}/oauth/revoke", text).status_code == 200
    assert as_("gateway:edge").post("/oauth/introspect", data={"token": text}).json()["active"]


BASIC = base64.b64encode(b"client-1:x").decode()


@pytest.mark.parametrize(
    ("data", "headers", "status", "error"),
    [
        ({}, {}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "ada"}, {}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "all"}, {}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "client-1"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_secret": "x", "client_id": "client-1"}, {"authorization": f"Basic {BASIC}"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_secret": "x", "client_id": "client-1"}, {"authorization": "Bearer x"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "client-2"}, {"authorization": f"Basic {BASIC}"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, {"authorization": "Basic !"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, {"authorization": f"Basic {BASIC}"}, 401, "invalid_client"),
    ],
)  # fmt: skip
def test_errors_are_those_of_the_rfc(nobody: httpx.Client, data: dict[str, str], headers: dict[str, str], status: int, error: str) -> None:
    answered = nobody.post("/oauth/token", data=data, headers=headers | {"content-type": "application/x-www-form-urlencoded"})
    assert (answered.status_code, answered.json()["error"]) == (status, error)
    assert answered.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answered.headers) == (status == 401)


@pytest.mark.parametrize("body", [b"grant_type=client_credentials&grant_type=x", b"\xff", b"a=" + b"x" * 20_000, b"&".join([b"a=1"] * 60)])
def test_a_form_that_can_t_be_read_is_told(nobody: httpx.Client, body: bytes) -> None:
    answered = nobody.post("/oauth/token", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answered.status_code in {400, 413}
    assert answered.json()["error"] == "invalid_request"
    assert nobody.post("/oauth/token", json={"grant_type": "client_credentials"}).json()["error"] == "invalid_request"


def test_our_addresses_are_found_and_answer(nobody: httpx.Client, settings: Settings) -> None:
    found = nobody.get("/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == settings.own_issuer
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"):
        assert found[name].startswith(f"{found['issuer']}/")
        path = found[name].removeprefix(found["issuer"])
        assert nobody.request("GET" if name == "jwks_uri" else "POST", path).status_code != 404
    assert found["grant_types_supported"] == ["client_credentials"]
