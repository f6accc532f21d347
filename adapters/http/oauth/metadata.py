"""What clients and gateways find out by themselves: our addresses (RFC 8414) and our keys (RFC 7517)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.bodies import json_answer
from adapters.http.oauth.bodies import KeySet, ServerMetadata
from adapters.http.oauth.token import GRANT
from adapters.vault.signing_key import JWKS_MAX_AGE

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
