"""Credentials under /v1/apps/{app_id}/credentials: made and shown once, rotated, their overlap ended, revoked; never shown again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.http.apps_out import AppId, Mine, shown_app
from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, answer, one_of, only_known, page
from adapters.http.described import takes
from adapters.http.making import JWT, Made, Making
from adapters.http.outcomes import CredentialMade, CredentialWritten, written
from adapters.http.problems import Problem
from adapters.http.writing import Write, Writing
from commands.fields import Expiry
from commands.outcome import Outcome
from domain.credential import CredentialKind
from readmodels.access import CredentialAccess
from readmodels.apps import ShownCredential
from readmodels.credentials import THE_NEWEST, AfterCredential, one_credential, page_of_credentials
from readmodels.kept_credential import kept_credential

routes = APIRouter(prefix="/v1/apps/{app_id}/credentials", tags=["credentials"], dependencies=[Depends(only_known)])
CredentialId = Annotated[UUID, Path(description="The credential's id; without its dashes it is the key id.")]
KINDS = tuple(kind.value for kind in CredentialKind)


@routes.get("", response_model=Page[ShownCredential], summary="An app's credentials, a page at a time")
async def credentials(
    *,
    request: Request,
    app_id: AppId,
    mine: Mine,
    state: Annotated[Literal["pending", "active", "retiring", "revoked", "expired"] | None, Query(description="Those in it now.")] = None,
    kind: Annotated[CredentialKind | None, Query(description="Those of that kind.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List credentials, the newest first, with what is left of an overlap and what is demanded of them."""
    await shown_app(request, app_id, mine, min_position)
    ended = after(cursor, AfterCredential, THE_NEWEST)
    found = await all_of(request, page_of_credentials(app_id, state=state, kind=kind, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterCredential(last.issued_at, last.credential_id))


@routes.get("/{credential_id}", response_model=ShownCredential, summary="One credential")
async def credential(request: Request, app_id: AppId, credential_id: CredentialId, mine: Mine, min_position: MinPosition = 0) -> Response:
    """Look at one credential, whatever its state."""
    await shown_app(request, app_id, mine, min_position)
    found = await one_of(request, one_credential(app_id, credential_id))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "credential_unknown", "this app has no credential with this id")
    return answer(found)


@routes.post(
    "",
    status_code=201,
    response_model=CredentialMade,
    summary="Issue a credential",
    openapi_extra=takes("credential.issue.v1", "app_id", "credential_id", "secret_digest"),
)
async def issue(request: Request, app_id: AppId, write: Write) -> Response:
    """Make a credential and show its secret, once. A jwt without `expires_at` lives for 90 days."""
    new = write.new_id("credential")
    kind = str(write.said.get("kind"))
    made = await _made(request, kind if kind in KINDS else KINDS[0], new, app_id, write)
    outcome = await write.send(
        "credential.issue.v1", {"app_id": app_id, "credential_id": new, "secret_digest": made.digest}, **_expiry(made)
    )
    return await told(request, outcome, made, app_id, new)


@routes.post(
    "/{credential_id}/rotate",
    status_code=201,
    response_model=CredentialMade,
    summary="Rotate a credential",
    openapi_extra=takes("credential.rotate.v1", "app_id", "credential_id", "successor_id", "secret_digest"),
)
async def rotate(request: Request, app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Make its successor and show the new secret, once; the old one works on until the overlap ends (24 hours, where none is named)."""
    new = write.new_id("credential")
    old = await one_of(request, kept_credential(app_id, credential_id))
    made = await _made(request, KINDS[0] if old is None else old.kind, new, app_id, write)
    ids = {"app_id": app_id, "credential_id": credential_id, "successor_id": new, "secret_digest": made.digest}
    outcome = await write.send("credential.rotate.v1", ids, **_expiry(made))
    old = await one_of(request, kept_credential(app_id, credential_id))
    return await told(request, outcome, made, app_id, new, replaces=credential_id, overlap_ends_at=None if old is None else old.retires_at)


@routes.post(
    "/{credential_id}/claim",
    response_model=CredentialMade,
    summary="Claim a jwt",
    openapi_extra=takes("credential.claim.v1", "app_id", "credential_id", "secret_digest"),
)
async def claim(request: Request, app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Sign a jwt that was issued over the bus, and show it, once."""
    kept = await one_of(request, kept_credential(app_id, credential_id))
    kind, ends = (JWT, kept.expires_at) if kept is not None and kept.kind == JWT else (KINDS[0], None)
    made = await _make(request, kind, credential_id, app_id, ends)
    ids = {"app_id": app_id, "credential_id": credential_id, "secret_digest": made.digest}
    return await told(request, await write.send("credential.claim.v1", ids), made, app_id, credential_id, status=200)


@routes.post("/{credential_id}/end-overlap", response_model=CredentialWritten, summary="End an overlap early")
async def end_overlap(app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Let the old credential, the one that was rotated, stop working now."""
    return await _written(write, "credential.end_overlap.v1", app_id, credential_id)


@routes.post(
    "/{credential_id}/revoke",
    response_model=CredentialWritten,
    summary="Revoke a credential",
    openapi_extra=takes("credential.revoke.v1", "app_id", "credential_id"),
)
async def revoke(app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Let it open nothing from the acknowledgement on, for good."""
    return await _written(write, "credential.revoke.v1", app_id, credential_id)


@routes.post(
    "/{credential_id}/demand-rotation",
    response_model=CredentialWritten,
    summary="Demand that a credential be rotated",
    openapi_extra=takes("credential.demand_rotation.v1", "app_id", "credential_id"),
)
async def demand_rotation(app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Mark it, for portal admins: its owner rotates it until the deadline, or it is reported, or cut off."""
    return await _written(write, "credential.demand_rotation.v1", app_id, credential_id)


async def _written(write: Writing, name: str, app_id: UUID, credential_id: UUID) -> Response:
    outcome = await write.send(name, {"app_id": app_id, "credential_id": credential_id})
    return written(outcome, app_id=app_id, credential_id=credential_id)


async def _made(request: Request, kind: str, new: UUID, app_id: UUID, write: Writing) -> Made:
    try:
        ends = _EXPIRY.validate_python(write.said.get("expires_at"))
    except ValidationError:
        kind, ends = KINDS[0], None  # It is refused where the command is read; nothing is signed for it.
    return await _make(request, kind, new, app_id, ends)


async def _make(request: Request, kind: str, new: UUID, app_id: UUID, ends: datetime | None) -> Made:
    making: Making = request.app.state.making
    return await run_in_threadpool(making.make, kind, new, app_id, ends)


def _expiry(made: Made) -> dict[str, Any]:
    """What is recorded ends with what was signed."""
    return {} if made.expires_at is None else {"override": {"expires_at": made.expires_at}}


async def told(
    request: Request,
    outcome: Outcome,
    made: Made,
    app_id: UUID,
    new: UUID,
    *,
    status: int = 201,
    replaces: UUID | None = None,
    overlap_ends_at: datetime | None = None,
) -> Response:
    """Tell what became of a credential that was made here, with its secret if it was taken just now."""
    kept: CredentialAccess | None = await one_of(request, kept_credential(app_id, new))
    facts = {"app_id": app_id, "credential_id": new, "key_id": new.hex, "kind": None, "client_id": None, "expires_at": None}
    if kept is not None:
        facts |= {"kind": kept.kind, "client_id": kept.client_id, "expires_at": kept.expires_at}
    if replaces is not None:
        facts |= {"replaces": replaces, "overlap_ends_at": overlap_ends_at}
    secret = made.told(None if kept is None else kept.digest)
    return written(outcome, status, f"/v1/apps/{app_id}/credentials/{new}", **facts, **secret)


_EXPIRY: TypeAdapter[datetime | None] = TypeAdapter(Expiry | None)
