"""The credentials that somebody in a team was shown, and a demand to rotate all of them, under /v1/teams/{team_id}/members."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, only_known, page
from adapters.http.described import body_of
from adapters.http.examples import DATA
from adapters.http.problems import Problem
from adapters.http.rotation_demands import DEMANDS_MAX, DemandsOut, demanded
from adapters.http.teams import DeveloperId, Seen, TeamId, himself, shown_team
from adapters.http.writing import Write
from commands.fields import Expiry, Reason
from commands.outcome import FieldError
from commands.principal import Role
from domain.credential import AtDeadline
from domain.team import TeamRole
from readmodels.rotation_demands import LiveCredential
from readmodels.teams import THE_NEWEST, AfterSecret, ShownSecret, ShownTeam, secrets_shown_to

routes = APIRouter(prefix="/v1/teams/{team_id}/members/{developer_id}", tags=["teams"], dependencies=[Depends(only_known)])
DEMAND: Final = "credential.demand_rotation.v1"


class RotateShown(BaseModel):
    """A demand to rotate all that somebody was shown; without `then`, what is not rotated by the deadline is revoked."""

    model_config = ConfigDict(extra="forbid", title="RotateShown", hide_input_in_errors=True)

    deadline: Expiry
    then: AtDeadline = AtDeadline.REVOKE
    reason: Reason


@routes.get("/shown", response_model=Page[ShownSecret], summary="The credentials that somebody was shown")
async def shown(
    *,
    request: Request,
    team_id: TeamId,
    developer_id: DeveloperId,
    mine: Seen,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List the credentials of the team's apps whose secrets this developer was shown, whether or not he still belongs to the team."""
    await _managed_team(request, team_id, mine, min_position)
    ended = after(cursor, AfterSecret, THE_NEWEST)
    found = await all_of(request, secrets_shown_to(developer_id, team_id, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterSecret(last.issued_at, last.credential_id))


@routes.post(
    "/rotate-shown",
    response_model=DemandsOut,
    response_model_exclude_none=True,
    summary="Demand the rotation of all that somebody was shown",
    openapi_extra=body_of(
        {"$ref": "#/components/schemas/RotateShown"}, {name: DATA[DEMAND][name] for name in ("deadline", "then", "reason")}
    ),
)
async def rotate_shown(
    request: Request, team_id: TeamId, developer_id: DeveloperId, write: Write, min_position: MinPosition = 0
) -> Response:
    """Demand that every active credential whose secret he was shown be rotated by the deadline; what is not, is revoked then."""
    sees_all = write.principal.has(Role.PORTAL_ADMIN) and write.on_behalf_of is None
    asked = _asked(write.said)
    await _managed_team(request, team_id, None if sees_all else himself(write), min_position)
    found = await all_of(request, secrets_shown_to(developer_id, team_id, living=True, limit=DEMANDS_MAX + 1))
    said = asked.model_dump(mode="json")
    return await demanded(request, write, said, [LiveCredential(each.app_id, each.credential_id) for each in found])


async def _managed_team(request: Request, team_id: UUID, mine: UUID | None, min_position: int) -> ShownTeam:
    """A team whose admin asks; what somebody else was shown is not for plain members."""
    found = await shown_team(request, team_id, mine, min_position)
    if mine is not None and found.role_of(mine) != TeamRole.ADMIN:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "this is for the team's admins")
    return found


def _asked(said: dict[str, Any]) -> RotateShown:
    try:
        return RotateShown.model_validate(said)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the demand is not well-formed", errors=errors) from None
