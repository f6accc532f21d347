"""POST /oauth/token: an access token for a client, by its own credentials (RFC 6749, section 4.4; RFC 9068)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.oauth.authenticating import authenticated, given_secret
from adapters.http.oauth.bodies import ERRORS, TokenOut
from adapters.http.oauth.errors import OAuthError, answer
from adapters.http.oauth.form import described, form_of
from adapters.identity.own_tokens import OwnTokens
from adapters.postgres.questions import Questions
from readmodels.clients import opens

GRANT: str = "client_credentials"
routes = APIRouter(tags=["oauth"])


@routes.post(
    "/oauth/token",
    response_model=TokenOut,
    responses=ERRORS,
    summary="An access token, for five minutes at most",
    openapi_extra=described("grant_type"),
)
async def token(request: Request) -> Response:
    """Give an access token to a client that proves itself by its id and secret (`client_secret_basic` or `client_secret_post`).

    The token opens what the app's credentials open, at the moment of each check; its `products` are those of now. Errors are those of
    RFC 6749, section 5.2.
    """
    form = await form_of(request)
    if form.get("grant_type") != GRANT:
        missing = "grant_type" not in form
        raise OAuthError(
            "invalid_request" if missing else "unsupported_grant_type",
            f"grant_type must be {GRANT}; people sign in at the company's own authorization server",
        )
    if "scope" in form:
        raise OAuthError("invalid_scope", "there are no scopes here: a token opens the products that its app is approved for")
    given = given_secret(request, form)
    return answer(await run_in_threadpool(_given, request.app.state.questions, request.app.state.launchpad.own_tokens, given))


def _given(questions: Questions, tokens: OwnTokens, given: tuple[str, str] | None) -> dict[str, Any]:
    client = authenticated(questions, given)
    signed = tokens.sign_access_token(
        client.credential_id,
        app_id=client.app_id,
        client_id=client.client_id,
        products=[each.product_id for each in questions.all(opens(client.app_id))],
        now=client.now,
        ends_at=client.ends_at,
    )
    return {"access_token": signed.text, "token_type": "Bearer", "expires_in": signed.expires_in}
