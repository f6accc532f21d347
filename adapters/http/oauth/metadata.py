"""What clients and gateways find out by themselves: our addresses (RFC 8414), our keys (RFC 7517), and a client's metadata (RFC 7591)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.bodies import json_answer
from adapters.http.oauth.bodies import ClientOut, KeySet, ServerMetadata
from adapters.http.oauth.token import GRANT
from adapters.http.problems import Problem
from adapters.http.who import asks
from adapters.postgres.questions import Questions
from adapters.vault.signing_key import JWKS_MAX_AGE
from commands.principal import Principal, Role
from commands.who_may import may_see_all_apps
from readmodels.apps import one_app
from readmodels.clients import Client, one_client

routes = APIRouter(tags=["oauth"])
AUTHENTICATED_BY = ["client_secret_basic", "client_secret_post"]


@routes.get("/.well-known/oauth-authorization-server", response_model=ServerMetadata, summary="Our OAuth 2.0 addresses")
async def metadata(request: Request) -> dict[str, Any]:
    """Where everything is (RFC 8414)."""
    issuer = request.app.state.launchpad.settings.own_issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "service_documentation": f"{issuer}/docs",
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": AUTHENTICATED_BY,
        "introspection_endpoint_auth_methods_supported": [*AUTHENTICATED_BY, "Bearer"],
        "revocation_endpoint_auth_methods_supported": AUTHENTICATED_BY,
    }


@routes.get("/.well-known/jwks.json", response_model=KeySet, summary="Our public keys")
async def jwks(request: Request) -> Response:
    """The keys that jwt credentials and access tokens are signed with, those of the near future included. Keep them as long as it says."""
    found = json_answer(await run_in_threadpool(request.app.state.launchpad.own_tokens.jwks))
    found.headers["Cache-Control"] = f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"
    return found


@routes.get("/v1/clients/{client_id}", response_model=ClientOut, summary="An OAuth client's metadata")
def client(
    request: Request,
    client_id: Annotated[str, Path(max_length=100, description="`client_id` of an app's oauth_client credential.")],
    principal: Annotated[Principal, Depends(asks)],
) -> dict[str, Any]:
    """A client as RFC 7591 describes one, with its redirect URIs: for the company's own authorization server, which asks as a gateway.

    Its owner, the members of the team that owns it, and whoever sees all apps, may look as well.
    """
    question = one_client(client_id)
    found = None if question is None else request.app.state.questions.one(question)
    if found is None or not _may_see(request.app.state.questions, principal, found):
        raise Problem(HTTPStatus.NOT_FOUND, "client_unknown", "there is no client of yours with this id")
    signs_in = bool(found.callback_urls)
    return {
        "client_id": found.client_id,
        "client_id_issued_at": int(found.issued_at.timestamp()),
        "client_name": found.name,
        "redirect_uris": list(found.callback_urls),
        "grant_types": [GRANT, *(["authorization_code"] if signs_in else [])],
        "response_types": ["code"] if signs_in else [],
        "token_endpoint_auth_method": AUTHENTICATED_BY[0],
        "app_id": str(found.app_id),
        "app_status": found.app_status,
        "active": found.active,
    }


def _may_see(questions: Questions, principal: Principal, found: Client) -> bool:
    if principal.has(Role.GATEWAY) or may_see_all_apps(principal):
        return True
    return principal.person_id is not None and questions.one(one_app(found.app_id, seen_by=principal.person_id)) is not None
