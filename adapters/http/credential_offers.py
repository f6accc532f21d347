"""Offers of credentials: a team's admin lets one member make one; he takes it, and is shown the secret, once. Nobody else is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http.apps_out import AppId, Mine, shown_app
from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, one_of, only_known, page, reached, state_of
from adapters.http.credentials import told
from adapters.http.described import takes
from adapters.http.making import Making
from adapters.http.outcomes import CredentialMade, OfferWritten, written
from adapters.http.who import whose_teams
from adapters.http.writing import Write
from domain.credential import CredentialKind
from domain.credential_offer import CredentialOffer
from readmodels.access import CredentialAccess
from readmodels.kept_credential import kept_credential
from readmodels.teams import THE_NEWEST_OFFER, AfterOffer, ShownOffer, page_of_offers

routes = APIRouter(prefix="/v1", tags=["teams"], dependencies=[Depends(only_known)])
OfferId = Annotated[UUID, Path(description="The offer's id.")]
OFFERS = "/apps/{app_id}/credential-offers"


@routes.get("/credential-offers", response_model=Page[ShownOffer], summary="Credentials that are offered to you")
async def offered_to_me(
    *,
    request: Request,
    person: Annotated[UUID, Depends(whose_teams)],
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List what you can take now, the newest first."""
    ended = after(cursor, AfterOffer, THE_NEWEST_OFFER)
    await reached(request, min_position)
    found = await all_of(request, page_of_offers(member=person, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterOffer(last.offered_at, last.offer_id))


@routes.get(OFFERS, response_model=Page[ShownOffer], summary="An app's offers of credentials, a page at a time")
async def offers(
    *, request: Request, app_id: AppId, mine: Mine, cursor: Cursor = None, limit: Limit = PAGE_DEFAULT, min_position: MinPosition = 0
) -> Response:
    """List all that were ever made, the newest first: to whom, until when, and what became of each."""
    await shown_app(request, app_id, mine, min_position)
    ended = after(cursor, AfterOffer, THE_NEWEST_OFFER)
    found = await all_of(request, page_of_offers(app_id=app_id, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterOffer(last.offered_at, last.offer_id))


@routes.post(
    OFFERS,
    status_code=201,
    response_model=OfferWritten,
    summary="Offer a credential to a member",
    openapi_extra=takes("credential.offer.v1", "app_id", "offer_id"),
)
async def offer(app_id: AppId, write: Write) -> Response:
    """Let one named member make a credential, or rotate one, within a week. For admins of the team that owns the app."""
    offer_id = write.new_id("offer")
    outcome = await write.send("credential.offer.v1", {"app_id": app_id, "offer_id": offer_id})
    return written(outcome, 201, f"/v1/apps/{app_id}/credential-offers/{offer_id}", app_id=app_id, offer_id=offer_id)


@routes.delete(OFFERS + "/{offer_id}", response_model=OfferWritten, summary="Withdraw the offer of a credential")
async def withdraw(app_id: AppId, offer_id: OfferId, write: Write) -> Response:
    """Offer it no longer; one that was taken is revoked instead."""
    outcome = await write.send("credential.withdraw_offer.v1", {"app_id": app_id, "offer_id": offer_id})
    return written(outcome, app_id=app_id, offer_id=offer_id)


@routes.post(OFFERS + "/{offer_id}/take", status_code=201, response_model=CredentialMade, summary="Take a credential offered to you")
async def take(request: Request, app_id: AppId, offer_id: OfferId, write: Write) -> Response:
    """Make it and show its secret, once: to the member whom the offer names, and to nobody else."""
    new = write.new_id("credential")
    state, _ = await state_of(request, CredentialOffer, offer_id)
    offered, rotates = state.offered, None if state.offered is None else state.offered.rotates
    kind, ends = CredentialKind.API_KEY.value, None
    if offered is not None and offered.member == write.person:  # For anybody else nothing is signed.
        rotated = await _kept(request, app_id, rotates)
        kind = rotated.kind if rotated is not None else (offered.kind or CredentialKind.API_KEY).value
        ends = offered.expires_at
    making: Making = request.app.state.making
    made = await run_in_threadpool(making.make, kind, new, app_id, ends)
    ids = {"app_id": app_id, "offer_id": offer_id, "credential_id": new, "secret_digest": made.digest, "rotates": rotates}
    outcome = await write.send("credential.take_offer.v1", ids)
    old = await _kept(request, app_id, rotates)
    return await told(request, outcome, made, app_id, new, replaces=rotates, overlap_ends_at=None if old is None else old.retires_at)


async def _kept(request: Request, app_id: UUID, credential_id: UUID | None) -> CredentialAccess | None:
    if credential_id is None:
        return None
    return await one_of(request, kept_credential(app_id, credential_id))
