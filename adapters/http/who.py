"""Who asks: the token of a request, proved by the one verifier."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from adapters.http.problems import Problem, unauthenticated
from adapters.identity.not_authenticated import NotAuthenticated
from commands.outcome import FieldError
from commands.principal import Principal
from commands.who_may import may_see_all_apps

bearer = HTTPBearer(auto_error=False, description="An access token (JWT, `at+jwt`). In development: `launchpad token --as developer:NAME`.")


def principal_of(request: Request) -> Principal:
    """Who sends this request. Raises Problem."""
    given = request.headers.getlist("authorization")
    if len(given) > 1:  # Somebody in between may have read the other one.
        twice = FieldError("authorization", "is given twice")
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", "the request names who sends it more than once", errors=[twice])
    try:
        principal: Principal = request.app.state.launchpad.verifier.verify_bearer(given[0] if given else None)
    except NotAuthenticated as no:
        raise unauthenticated(no.code, no.sentence) from None
    return principal


def asks(request: Request, _: Annotated[object, Depends(bearer)]) -> Principal:
    """As a parameter of a route: who asks."""
    return principal_of(request)


def whose_apps(
    principal: Annotated[Principal, Depends(asks)],
    onbehalfof: Annotated[UUID | None, Query(description="The developer to act for, where the token's `may_act` allows it.")] = None,
) -> UUID | None:
    """As a parameter of a route: the developer whose apps may be seen; none means all apps. Raises Problem."""
    if onbehalfof is not None:
        if not principal.may_act_for(onbehalfof):
            raise Problem(HTTPStatus.FORBIDDEN, "may_not_act_for", "the token does not allow to act for this developer")
        return onbehalfof
    if may_see_all_apps(principal):
        return None
    if principal.person_id is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "a service sees apps on behalf of a developer (onbehalfof), or as an auditor")
    return principal.person_id
