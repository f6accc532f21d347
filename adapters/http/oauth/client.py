"""GET /v1/clients/{client_id}: an OAuth client's metadata (RFC 7591), for the company's own authorization server. Never behind the log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from adapters.http.asking import all_of, one_of, state_of
from adapters.http.oauth.bodies import ClientOut
from adapters.http.oauth.metadata import AUTHENTICATED_BY
from adapters.http.oauth.token import GRANT
from adapters.http.problems import Problem
from adapters.http.who import asks
from commands.principal import EVERYONE, Principal, Role
from commands.who_may import may_see_all_apps
from domain.app import App, Held
from domain.credential import Credential
from domain.owner import Owner, OwnerKind
from domain.team import Team
from readmodels.access import Asked, may_call_all
from readmodels.clients import NO_PRODUCT, opens, works

PREFIX = "client-"
"""In front of the id of the credential that a client began with."""
routes = APIRouter(tags=["oauth"])


class _Client(NamedTuple):
    app_id: UUID
    owner: Owner
    credential_id: UUID


@routes.get("/v1/clients/{client_id}", response_model=ClientOut, summary="An OAuth client's metadata")
async def client(
    request: Request,
    client_id: Annotated[str, Path(max_length=100, description="`client_id` of an app's oauth_client credential.")],
    principal: Annotated[Principal, Depends(asks)],
) -> dict[str, Any]:
    """A client as RFC 7591 describes one, with its redirect URIs: for the company's own authorization server, which asks as a gateway.

    It is told of the clients of its own products. Whether one is `active` is asked of the primary, by its clock. Its owner, the
    members of the team that owns it, and whoever sees all apps, may look as well.
    """
    found = await _found(request, client_id)
    if found is None or not await _may_see(request, principal, found):
        raise Problem(HTTPStatus.NOT_FOUND, "client_unknown", "there is no client of yours with this id")
    app, active = await _app(request, found.app_id, client_id)
    first, _ = await state_of(request, Credential, found.credential_id)
    assert first.issued_at is not None  # noqa: S101 - what has a row in access was issued
    signs_in = bool(app.details.callback_urls)
    return {
        "client_id": client_id,
        "client_id_issued_at": int(first.issued_at.timestamp()),
        "client_name": app.details.name,
        "redirect_uris": list(app.details.callback_urls),
        "grant_types": [GRANT, *(["authorization_code"] if signs_in else [])],
        "response_types": ["code"] if signs_in else [],
        "token_endpoint_auth_method": AUTHENTICATED_BY[0],
        "app_id": str(found.app_id),
        "app_status": app.status,
        "active": active,
    }


async def _found(request: Request, client_id: str) -> _Client | None:
    try:
        credential_id = UUID(client_id.removeprefix(PREFIX))
    except ValueError:
        return None
    known = await one_of(request, works(credential_id))
    if known is None or known.app_id is None or known.owner_kind is None or known.owner_id is None:
        return None
    if known.client_id != client_id:
        return None
    return _Client(known.app_id, Owner(kind=OwnerKind(known.owner_kind), id=known.owner_id), credential_id)


async def _may_see(request: Request, principal: Principal, found: _Client) -> bool:
    if may_see_all_apps(principal):
        return True
    if not principal.has(Role.GATEWAY):
        return principal.person_id is not None and await _is_his(request, principal.person_id, found.owner)
    return principal.products is EVERYONE or any(
        principal.may_ask_about(each.product_id) for each in await all_of(request, opens(found.app_id))
    )


async def _is_his(request: Request, person: UUID, owner: Owner) -> bool:
    if owner.kind is OwnerKind.DEVELOPER:
        return owner.id == person
    team, _ = await state_of(request, Team, owner.id)
    return team.is_member(person)


async def _app(request: Request, app_id: UUID, client_id: str) -> tuple[App, bool]:
    """The app, and whether any secret of that client works now."""
    app, version = await state_of(request, App, app_id)
    while True:
        asked = [Asked(each, None) for each, held in app.credentials.items() if held is not Held.CLOSED]
        answers = await all_of(request, may_call_all(asked))
        active = any(each.client_id == client_id and each.reason == NO_PRODUCT for each in answers)
        looked_at = version
        app, version = await state_of(request, App, app_id)
        if version == looked_at:  # Else a secret may have taken over from one that was looked at.
            return app, active
