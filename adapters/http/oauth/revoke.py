"""POST /oauth/revoke: a client calls back an access token of its own (RFC 7009). Credentials are revoked where they are managed."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.oauth.authenticating import authenticated, given_secret
from adapters.http.oauth.bodies import ERRORS, Revoked
from adapters.http.oauth.errors import OAuthError, answer
from adapters.http.oauth.form import described, form_of
from adapters.identity.own_tokens import NotOurs, OwnTokens, TokenKind
from adapters.postgres.questions import Questions
from readmodels.clients import revoke_token

routes = APIRouter(tags=["oauth"])


@routes.post(
    "/oauth/revoke", response_model=Revoked, responses=ERRORS, summary="Call back an access token", openapi_extra=described("token")
)
async def revoke(request: Request) -> Response:
    """Make an access token inactive, at once, for whoever asks here (introspect, verify, forward-auth).

    What is no living token of this client is answered with 200 as well, and nothing is done (RFC 7009, section 2.2).
    """
    form = await form_of(request)
    if "token" not in form:
        raise OAuthError("invalid_request", "send the token to revoke as the parameter `token`")
    given = given_secret(request, form)
    await run_in_threadpool(_revoked, request.app.state.questions, request.app.state.launchpad.own_tokens, form["token"], given)
    return answer({})


def _revoked(questions: Questions, tokens: OwnTokens, text: str, given: tuple[str, str] | None) -> None:
    client = authenticated(questions, given)
    try:
        token = tokens.read(text, client.now)
    except NotOurs:
        return
    if token.app_id != client.app_id:
        return
    if token.kind is not TokenKind.ACCESS_TOKEN:
        raise OAuthError("unsupported_token_type", "this is a credential; its owner revokes it where apps are managed")
    if token.client_id == client.client_id:
        questions.all(revoke_token(UUID(token.claims["jti"]), token.expires_at))
