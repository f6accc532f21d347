"""Teams under /v1/teams: their names and members, and the credentials that somebody among them was shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    Page,
    after,
    all_of,
    one_of,
    only_known,
    page,
    reached,
    versioned,
)
from adapters.http.described import body_of, takes
from adapters.http.examples import DATA
from adapters.http.outcomes import MemberWritten, TeamWritten, written
from adapters.http.problems import Problem
from adapters.http.rotation_demands import DEMANDS_MAX, DemandsOut, demanded
from adapters.http.signing_in import profile_missing
from adapters.http.who import whose_apps
from adapters.http.writing import NOTHING, Write, WriteIf, Writing
from commands.fields import Expiry, Reason
from commands.outcome import FieldError
from commands.principal import Role
from domain.credential import AtDeadline
from domain.team import TeamRole
from readmodels.rotation_demands import LiveCredential
from readmodels.teams import (
    THE_FIRST,
    THE_NEWEST,
    AfterSecret,
    AfterTeam,
    ShownSecret,
    ShownTeam,
    one_team,
    page_of_teams,
    secrets_shown_to,
)

routes = APIRouter(prefix="/v1/teams", tags=["teams"], dependencies=[Depends(only_known)])
TeamId = Annotated[UUID, Path(description="The team's id.")]
DeveloperId = Annotated[UUID, Path(description="The developer's id.")]
Seen = Annotated[UUID | None, Depends(whose_apps)]
DEMAND: Final = "credential.demand_rotation.v1"


class RotateShown(BaseModel):
    """A demand to rotate all that somebody was shown; without `then`, what is not rotated by the deadline is revoked."""

    model_config = ConfigDict(extra="forbid", title="RotateShown", hide_input_in_errors=True)

    deadline: Expiry
    then: AtDeadline = AtDeadline.REVOKE
    reason: Reason


@routes.get("", response_model=Page[ShownTeam], summary="Your teams, a page at a time")
async def teams(
    *,
    request: Request,
    mine: Seen,
    member: Annotated[UUID | None, Query(description="A developer's id: for those who see all teams.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List the teams that you belong or are invited to, by name; portal admins, auditors and analysts see all of them."""
    ended = after(cursor, AfterTeam, THE_FIRST)
    await reached(request, min_position)
    found = await all_of(request, page_of_teams(of=member if mine is None else mine, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterTeam(last.name, last.team_id))


@routes.post(
    "",
    status_code=201,
    response_model=TeamWritten,
    summary="Create a team",
    openapi_extra=takes("team.create.v1", "team_id", optional=("admin",)),
)
async def create(write: Write) -> Response:
    """Create a team, whose first admin you are where nobody else is named."""
    person, team_id = write.person, write.new_id("team")
    if person is not None and write.on_behalf_of is None and not write.registered and write.said.get("admin", str(person)) == str(person):
        raise profile_missing()
    outcome = await write.send("team.create.v1", {"team_id": team_id}, default=NOTHING if person is None else {"admin": person})
    return written(outcome, 201, f"/v1/teams/{team_id}", team_id=team_id)


@routes.get("/{team_id}", response_model=ShownTeam, summary="One team")
async def team(request: Request, team_id: TeamId, mine: Seen, min_position: MinPosition = 0) -> Response:
    """Look at a team that you belong or are invited to, with its members. Its ETag is what If-Match takes when it is renamed."""
    found = await _shown_team(request, team_id, mine, min_position)
    return versioned(request, found, found.version)


@routes.patch("/{team_id}", response_model=TeamWritten, summary="Rename a team", openapi_extra=takes("team.rename.v1", "team_id"))
async def rename(team_id: TeamId, write: WriteIf) -> Response:
    """Give it another name. This, and all that follows here, is for the team's admins and for portal admins where nothing else is said."""
    return written(await write.send("team.rename.v1", {"team_id": team_id}), team_id=team_id)


@routes.post(
    "/{team_id}/invitations",
    response_model=TeamWritten,
    summary="Invite a developer",
    openapi_extra=takes("team.invite.v1", "team_id"),
)
async def invite(team_id: TeamId, write: Write) -> Response:
    """Let a developer join, as a member or `as_admin`."""
    return written(await write.send("team.invite.v1", {"team_id": team_id}), team_id=team_id)


@routes.delete("/{team_id}/invitations/{developer_id}", response_model=MemberWritten, summary="Withdraw or decline an invitation")
async def withdraw_invitation(team_id: TeamId, developer_id: DeveloperId, write: Write) -> Response:
    """Invite him no longer; whoever is invited may decline by it."""
    return await _member(write, "team.withdraw_invitation.v1", team_id, developer_id)


@routes.post("/{team_id}/join", response_model=MemberWritten, summary="Join a team")
async def join(team_id: TeamId, write: Write) -> Response:
    """Accept your invitation."""
    return await _member(write, "team.join.v1", team_id, _himself(write))


@routes.post("/{team_id}/leave", response_model=MemberWritten, summary="Leave a team")
async def leave(team_id: TeamId, write: Write) -> Response:
    """Belong to it no longer; its last admin can't."""
    return await _member(write, "team.leave.v1", team_id, _himself(write))


@routes.post("/{team_id}/members/{developer_id}/promote", response_model=MemberWritten, summary="Make a member an admin")
async def promote(team_id: TeamId, developer_id: DeveloperId, write: Write) -> Response:
    """Let a member manage the team and its apps."""
    return await _member(write, "team.promote.v1", team_id, developer_id)


@routes.post("/{team_id}/members/{developer_id}/demote", response_model=MemberWritten, summary="Make an admin a plain member")
async def demote(team_id: TeamId, developer_id: DeveloperId, write: Write) -> Response:
    """Let an admin manage nothing any more; the last one stays."""
    return await _member(write, "team.demote.v1", team_id, developer_id)


@routes.delete("/{team_id}/members/{developer_id}", response_model=MemberWritten, summary="Remove somebody from a team")
async def remove(team_id: TeamId, developer_id: DeveloperId, write: Write) -> Response:
    """End what he may, at once. What he was shown is listed under `shown`, and rotated by `rotate-shown`."""
    return await _member(write, "team.remove.v1", team_id, developer_id)


@routes.get("/{team_id}/members/{developer_id}/shown", response_model=Page[ShownSecret], summary="The credentials that somebody was shown")
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
    "/{team_id}/members/{developer_id}/rotate-shown",
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
    await _managed_team(request, team_id, None if sees_all else _himself(write), min_position)
    found = await all_of(request, secrets_shown_to(developer_id, team_id, living=True, limit=DEMANDS_MAX + 1))
    said = asked.model_dump(mode="json")
    return await demanded(request, write, said, [LiveCredential(each.app_id, each.credential_id) for each in found])


async def _member(write: Writing, name: str, team_id: UUID, developer_id: UUID) -> Response:
    outcome = await write.send(name, {"team_id": team_id, "developer_id": developer_id})
    return written(outcome, team_id=team_id, developer_id=developer_id)


def _himself(write: Writing) -> UUID:
    if write.person is None:
        missing = [FieldError("onbehalfof", "is missing: a service is no developer, and acts for one")]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "a service names the developer whom it acts for", errors=missing)
    return write.person


async def _shown_team(request: Request, team_id: UUID, mine: UUID | None, min_position: int) -> ShownTeam:
    await reached(request, min_position)
    found = await one_of(request, one_team(team_id))
    if found is None or (mine is not None and all(each.developer_id != mine for each in found.members)):
        raise Problem(HTTPStatus.NOT_FOUND, "team_unknown", "there is no team of yours with this id")
    return found


async def _managed_team(request: Request, team_id: UUID, mine: UUID | None, min_position: int) -> ShownTeam:
    """A team whose admin asks; what somebody else was shown is not for plain members."""
    found = await _shown_team(request, team_id, mine, min_position)
    if mine is not None and found.role_of(mine) != TeamRole.ADMIN:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "this is for the team's admins")
    return found


def _asked(said: dict[str, Any]) -> RotateShown:
    try:
        return RotateShown.model_validate(said)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the demand is not well-formed", errors=errors) from None
