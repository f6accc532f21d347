"""POST /oauth/introspect: whether a token works now, and whose it is (RFC 7662). Closed at once when its credential is."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.oauth.authenticating import NO_DIGEST, authenticated, given_secret
from adapters.http.oauth.bodies import ERRORS_OR_PROBLEMS, IntrospectionOut
from adapters.http.oauth.errors import OAuthError, answer
from adapters.http.oauth.form import described, form_of
from adapters.http.problems import Problem
from adapters.http.who import principal_of
from adapters.identity.own_tokens import NotOurs, OwnTokens, TokenKind
from adapters.postgres.questions import Questions
from commands.principal import Principal, Role
from launchpad_client import keys
from readmodels.access import AccessAnswer
from readmodels.clients import NO_PRODUCT, opens, token_is_revoked, works

INACTIVE: Final = {"active": False}
"""RFC 7662, section 2.2: nothing more is told of what does not work."""
routes = APIRouter(tags=["oauth"])


@routes.post(
    "/oauth/introspect",
    response_model=IntrospectionOut,
    responses=ERRORS_OR_PROBLEMS,
    summary="Whether a token works now",
    openapi_extra=described("token", {"HTTPBearer": []}),
)
async def introspect(request: Request) -> Response:
    """Tell whether an access token, a jwt credential or an API key works now: asked of the primary, by its clock.

    A gateway asks with its own token (`Authorization: Bearer`), and is told of its own products; a client asks about its own tokens, with
    its id and secret.
    """
    form = await form_of(request)
    if "token" not in form:
        raise OAuthError("invalid_request", "send the token to look at as the parameter `token`")
    given = given_secret(request, form)
    gateway = None if given is not None else await run_in_threadpool(_gateway, request)
    told = await run_in_threadpool(
        _told, request.app.state.questions, request.app.state.launchpad.own_tokens, form["token"], given, gateway
    )
    return answer(told)


def _gateway(request: Request) -> Principal:
    principal = principal_of(request)
    if not principal.has(Role.GATEWAY):
        raise Problem(403, "not_allowed", "only a gateway, or a client about its own tokens, may look at tokens")
    return principal


def _told(questions: Questions, tokens: OwnTokens, text: str, given: tuple[str, str] | None, gateway: Principal | None) -> dict[str, Any]:
    client = authenticated(questions, given) if gateway is None else None
    found = _looked_at(questions, tokens, text)
    if found is None:
        return dict(INACTIVE)
    said, told = found
    if said.app_id is None or (client is not None and client.app_id != said.app_id):
        return dict(INACTIVE)
    opened = [each.product_id for each in questions.all(opens(said.app_id))]
    asked = [str(product) for product in opened if gateway is None or gateway.may_ask_about(product)]
    return {"active": True, **told, "app_id": str(said.app_id), "products": asked}


def _looked_at(questions: Questions, tokens: OwnTokens, text: str) -> tuple[AccessAnswer, dict[str, Any]] | None:
    """What the primary says of that text's credential, and what it says of itself; none where it opens nothing."""
    if text.count(".") != 2:  # noqa: PLR2004 - a jwt has three parts
        return _key(questions, text)
    try:
        token = tokens.recognise(text)
        (found,) = questions.all(works(token.credential_id))
        token.check_time(found.now)
    except NotOurs:
        return None
    if found.reason != NO_PRODUCT or found.app_id != token.app_id:
        return None
    if token.kind is TokenKind.JWT:
        if found.kind != "jwt" or not keys.compare_digest(token.digest, found.digest or NO_DIGEST):
            return None
    elif found.client_id != token.client_id or questions.all(token_is_revoked(UUID(token.claims["jti"])))[0].revoked:
        return None
    claims = {name: token.claims[name] for name in ("iss", "sub", "aud", "jti", "iat", "exp", "client_id") if name in token.claims}
    return found, claims | {"token_type": "Bearer", "credential_id": str(token.credential_id)}


def _key(questions: Questions, text: str) -> tuple[AccessAnswer, dict[str, Any]] | None:
    try:
        parsed = keys.parse(text)
    except keys.NotACredential:
        return None
    found = questions.one(works(parsed.credential_id))
    right = keys.compare_digest(parsed.digest, (found and found.digest) or NO_DIGEST)
    if found is None or not right or found.reason != NO_PRODUCT or found.kind != "api_key":
        return None
    told: dict[str, Any] = {"token_type": "api_key", "credential_id": str(parsed.credential_id)}
    return found, told if found.ends_at is None else told | {"exp": int(found.ends_at.timestamp())}
