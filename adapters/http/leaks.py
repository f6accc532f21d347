"""POST /v1/credentials/lookup: what a credential is that turned up somewhere. It comes in the body and stands in no answer and no log."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from adapters.http.described import body_of
from adapters.http.problems import Problem
from adapters.http.said import json_of
from adapters.http.who import acted_for, asks
from adapters.http.writing import OnBehalfOf
from adapters.identity.own_tokens import NotOurs, OwnTokens
from adapters.postgres.questions import Questions
from commands.outcome import FieldError
from commands.principal import Principal, Role
from launchpad_client.keys import compare_digest, digest
from launchpad_client.scanning import Identified, identify
from launchpad_client.tokens import TOKEN_LETTERS_MAX
from readmodels.apps import one_app
from readmodels.leaked import Leaked, OpenedProduct, leaked

NO_DIGEST: Final = "0" * 64
"""What a credential is compared with that nobody has: unknown and wrong take the same way."""
ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - a kind
BODY: Final = body_of(
    {
        "type": "object",
        "properties": {"credential": {"type": "string", "maxLength": TOKEN_LETTERS_MAX, "description": "The credential's whole text."}},
        "required": ["credential"],
        "additionalProperties": False,
    },
    {"credential": "lpklive_c2a4d1f08d414b7a9b552f1de6c0a8e3_(its secret and checksum)"},
)
routes = APIRouter(tags=["credentials"])


class OwnerOut(BaseModel):
    """Whose an app is."""

    model_config = ConfigDict(title="LookedUpOwner")

    kind: str
    id: UUID
    name: str | None


class AppOut(BaseModel):
    """The app that holds a credential."""

    model_config = ConfigDict(title="LookedUpApp")

    app_id: UUID
    name: str
    status: str
    owner: OwnerOut


class LookedUp(BaseModel):
    """What a credential is, and how it stands now; never its text."""

    model_config = ConfigDict(title="LookedUpCredential")

    kind: Literal["api_key", "oauth_client", "jwt", "access_token"] = Field(description="What its text says that it is.")
    credential_id: UUID = Field(description="Of an access token: the credential that it was given for.")
    key_id: str
    genuine: bool = Field(description="Whether it is the very one that we issued; else somebody has made it up, or has changed it.")
    state: Literal["pending", "active", "retiring", "revoked", "expired", "unknown"] = Field(
        description="`unknown`: no credential has this id, or it is not yours to ask about."
    )
    opens: bool = Field(description="Whether it opens its products now.")
    reason: str | None = Field(None, description="Why it opens nothing: the same code that a gateway hears.")
    app: AppOut | None = None
    products: tuple[OpenedProduct, ...] = Field((), description="What its app may call.")
    client_id: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    ended_reason: str | None = Field(None, description="Why it was revoked.")
    successor_id: UUID | None = Field(None, description="The credential that took over from it.")


def whose_credentials(request: Request, principal: Annotated[Principal, Depends(asks)], onbehalfof: OnBehalfOf = None) -> UUID | None:
    """As a parameter of a route: the developer about whose credentials may be asked; none means everybody's. Raises Problem."""
    if onbehalfof is not None:
        return acted_for(request, principal, onbehalfof)
    if principal.has(Role.PORTAL_ADMIN):
        return None
    if principal.person_id is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "a credential is looked up for its owner (onbehalfof), or by a portal admin")
    return principal.person_id


@routes.post("/v1/credentials/lookup", response_model=LookedUp, summary="What a credential is that turned up somewhere", openapi_extra=BODY)
async def lookup(
    request: Request, principal: Annotated[Principal, Depends(asks)], mine: Annotated[UUID | None, Depends(whose_credentials)]
) -> Response:
    """Tell portal admins, and who owns the app or belongs to its team, what it is, if it is genuine, how it stands and what it opens.

    To others it is `unknown`, as is one that was never issued. It is no use of the credential: what it opens, it opens as before.
    """
    text = _credential_of(await json_of(request))
    identified = identify(text)
    if identified is None:
        raise _malformed("is no credential of ours: its form or its checksum is wrong")
    questions: Questions = request.app.state.questions
    told = await run_in_threadpool(_looked_up, questions, request.app.state.launchpad.own_tokens, text, identified, mine)
    structlog.get_logger("leaks").info(
        "looked up", credential_id=str(identified.credential_id), state=told.state, genuine=told.genuine, principal=principal.text
    )
    return Response(told.model_dump_json(), media_type="application/json")


def _looked_up(questions: Questions, tokens: OwnTokens, text: str, identified: Identified, mine: UUID | None) -> LookedUp:
    known = questions.all(leaked(identified.credential_id))[0]
    said: dict[str, Any] = {"kind": identified.kind, "credential_id": identified.credential_id, "key_id": identified.credential_id.hex}
    genuine = _is_genuine(tokens, text, identified, known)
    if known.app_id is None or not _may_see(questions, known, known.app_id, mine):
        return LookedUp(**said, genuine=False, state="unknown", opens=False, reason="unknown")
    owner = OwnerOut(kind=known.owner_kind or "", id=known.owner_id or known.app_id, name=known.owner_name)
    app = AppOut(app_id=known.app_id, name=known.app_name or "", status=known.app_status or "", owner=owner)
    shared = ("state", "reason", "products", "client_id", "issued_at", "expires_at", "ended_at", "ended_reason", "successor_id")
    said |= {name: getattr(known, name) for name in shared}
    return LookedUp(**said, genuine=genuine, opens=genuine and known.reason is None, app=app)


def _may_see(questions: Questions, known: Leaked, app_id: UUID, mine: UUID | None) -> bool:
    return mine in {None, known.owner_id} or questions.one(one_app(app_id, seen_by=mine)) is not None


def _is_genuine(tokens: OwnTokens, text: str, identified: Identified, known: Leaked) -> bool:
    """Whether it is the very text that we issued: its digest was recorded, or it is an access token that we signed."""
    if identified.kind == ACCESS_TOKEN:
        try:
            return tokens.read(text, known.now).app_id == known.app_id
        except NotOurs as no:
            return no.reason == "expired"  # It was ours, and its signature is right.
    return compare_digest(digest(text), known.digest or NO_DIGEST) and known.kind == identified.kind


def _credential_of(said: object) -> str:
    if not isinstance(said, dict) or set(said) != {"credential"}:
        raise _malformed('send {"credential": "..."} and nothing else')
    if not isinstance(said["credential"], str):
        raise _malformed("is a text")
    return said["credential"].strip()


def _malformed(reason: str) -> Problem:
    detail = "the request is not well-formed; the errors say where"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=[FieldError("credential", reason)])
