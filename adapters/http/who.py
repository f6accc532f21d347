"""Who asks: the token of a request, proved by the one verifier. A developer who was deactivated is nobody any more."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from adapters.http.problems import Problem, unauthenticated
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.postgres.questions import Questions
from commands.outcome import FieldError
from commands.principal import Principal
from commands.who_may import may_see_all_apps
from readmodels.deactivated import was_deactivated

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
    must_stand(request.app.state.questions, principal.person_id)
    return principal


def must_stand(questions: Questions, developer_id: UUID | None) -> None:
    """See that this developer was not deactivated. Raises Problem."""
    if developer_id is None:
        return
    found = questions.one(was_deactivated(developer_id))
    if found is not None and found.deactivated:
        raise Problem(HTTPStatus.FORBIDDEN, "deactivated", "this developer was deactivated, and may neither do nor see anything")


def acted_for(request: Request, principal: Principal, onbehalfof: UUID) -> UUID:
    """The developer whom this principal may act for, and does. Raises Problem."""
    if not principal.may_act_for(onbehalfof):
        raise Problem(HTTPStatus.FORBIDDEN, "may_not_act_for", "the token does not allow to act for this developer")
    must_stand(request.app.state.questions, onbehalfof)
    return onbehalfof


def asks(request: Request, _: Annotated[object, Depends(bearer)]) -> Principal:
    """As a parameter of a route: who asks."""
    return principal_of(request)


def whose_apps(
    request: Request,
    principal: Annotated[Principal, Depends(asks)],
    onbehalfof: Annotated[UUID | None, Query(description="The developer to act for, where the token's `may_act` allows it.")] = None,
) -> UUID | None:
    """As a parameter of a route: the developer whose apps, and whose teams' apps, may be seen; none means all. Raises Problem."""
    if onbehalfof is not None:
        return acted_for(request, principal, onbehalfof)
    if may_see_all_apps(principal):
        return None
    if principal.person_id is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "a service sees apps on behalf of a developer (onbehalfof), or as an auditor")
    return principal.person_id


def whose_teams(
    request: Request,
    principal: Annotated[Principal, Depends(asks)],
    onbehalfof: Annotated[UUID | None, Query(description="The developer to act for, where the token's `may_act` allows it.")] = None,
) -> UUID:
    """As a parameter of a route: the developer who asks for what is meant for him in person. Raises Problem."""
    if onbehalfof is not None:
        return acted_for(request, principal, onbehalfof)
    if principal.person_id is None:
        missing = [FieldError("onbehalfof", "is missing: a service is no developer, and acts for one")]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "a service names the developer whom it acts for", errors=missing)
    return principal.person_id
