"""Whose notices are meant: one's own, or those that the portal admins share."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request

from adapters.http.asking import reached
from adapters.http.problems import Problem
from adapters.http.who import asks
from adapters.http.writing import OnBehalfOf
from adapters.postgres.bookmarks import Bookmark
from commands.principal import Principal, Role
from domain.notice import PORTAL_ADMINS
from projections.notices import NOTICES

FOLLOWED = Bookmark(NOTICES.name, NOTICES.version)
Audience = Annotated[
    Literal["me", "portal_admins"], Query(description="`portal_admins`: what they share, rather than what is yours alone.")
]


def _recipient(principal: Annotated[Principal, Depends(asks)], audience: Audience = "me", onbehalfof: OnBehalfOf = None) -> UUID:
    if onbehalfof is not None:
        if not principal.may_act_for(onbehalfof):
            raise Problem(HTTPStatus.FORBIDDEN, "may_not_act_for", "the token does not allow to act for this developer")
        if audience == "me":
            return onbehalfof
    if audience == "portal_admins":
        if onbehalfof is not None or not principal.has(Role.PORTAL_ADMIN):
            raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "this is for portal admins, in their own name")
        return PORTAL_ADMINS
    if principal.person_id is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "a service acts for a developer here (onbehalfof)")
    return principal.person_id


Whose = Annotated[UUID, Depends(_recipient)]
"""The recipient whose notices, webhooks or preferences a route is about."""


async def noticed(request: Request, position: int) -> None:
    """Wait until inboxes and deliveries show that position. Raises Problem."""
    await reached(request, position, FOLLOWED)
