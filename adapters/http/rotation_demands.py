"""Demanded rotations under /v1/rotation-demands: of many credentials at once, and who has not rotated yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adapters.http.apps_out import Mine
from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, Page, after, all_of, only_known, page, reached
from adapters.http.bodies import OutcomeOut, json_answer, outcome_out
from adapters.http.described import body_of
from adapters.http.examples import APP, CREDENTIAL, DATA
from adapters.http.problems import Problem
from adapters.http.said import outcomes_of
from adapters.http.writing import Write, Writing
from adapters.intake import Request as Command
from commands.demand_rotation import DemandRotation
from commands.fields import Expiry, Reason
from commands.outcome import FieldError
from commands.principal import Role
from domain.credential import AtDeadline
from readmodels.rotation_demands import (
    THE_SOONEST,
    AfterDemand,
    LiveCredential,
    OpenDemand,
    credentials_to_rotate,
    page_of_demands,
)

routes = APIRouter(prefix="/v1/rotation-demands", tags=["credentials"], dependencies=[Depends(only_known)])
DEMANDS_MAX: Final = 500
"""What is decided in one transaction at most."""
NAME: Final = "credential.demand_rotation.v1"


class Demanded(BaseModel):
    """One credential of a demand."""

    model_config = ConfigDict(extra="forbid")

    app_id: UUID
    credential_id: UUID


class DemandIn(BaseModel):
    """A demand: of credentials that are named, or of all that open a product, or of all that an owner's apps hold."""

    model_config = ConfigDict(extra="forbid", title="RotationDemand", hide_input_in_errors=True)

    deadline: Expiry
    then: AtDeadline = AtDeadline.REPORT
    reason: Reason
    credentials: list[Demanded] | None = Field(None, min_length=1, max_length=DEMANDS_MAX)
    product_id: UUID | None = Field(None, description="All active credentials of apps that may use this product.")
    owner_id: UUID | None = Field(None, description="All active ones of this developer's or team's apps; with a product_id, both must fit.")

    @model_validator(mode="after")
    def _names_some(self) -> Self:
        if (self.credentials is None) is (self.product_id is None and self.owner_id is None):
            raise ValueError("name credentials, or a product_id or an owner_id")
        return self


class DemandOutcome(OutcomeOut):
    """What became of the demand of one credential."""

    app_id: UUID
    credential_id: UUID


class DemandsOut(BaseModel):
    """What became of a demand, for each credential."""

    model_config = ConfigDict(title="RotationDemands")

    outcomes: list[DemandOutcome]
    more: bool = Field(description="Whether more fit than are demanded at once: send it again, with another key.")


EXAMPLE: Final[dict[str, Any]] = {name: DATA[NAME][name] for name in ("deadline", "then", "reason")} | {
    "credentials": [{"app_id": APP, "credential_id": CREDENTIAL}]
}


@routes.post(
    "",
    response_model=DemandsOut,
    response_model_exclude_none=True,
    summary="Demand the rotation of many credentials",
    openapi_extra=body_of({"$ref": "#/components/schemas/RotationDemand"}, EXAMPLE),
)
async def demand(request: Request, write: Write, min_position: MinPosition = 0) -> Response:
    """Mark up to 500 credentials at once, and tell the outcome of each. For portal admins.

    Nobody makes a successor but its owner, by an ordinary rotation. What is not rotated by the deadline is reported, or cut off.
    """
    if not write.principal.has(Role.PORTAL_ADMIN) or write.on_behalf_of is not None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "rotations are demanded by portal admins, in their own name")
    asked = _asked(write.said)
    await reached(request, min_position)
    named = asked.credentials
    found = await _fitting(request, asked) if named is None else [LiveCredential(each.app_id, each.credential_id) for each in named]
    return await demanded(request, write, write.said, found)


async def demanded(request: Request, write: Writing, said: Mapping[str, Any], found: Sequence[LiveCredential]) -> Response:
    """Demand the rotation of each of these, of as many as are decided at once, and tell what became of it."""
    credentials = list(dict.fromkeys(found[:DEMANDS_MAX]))
    commands = [_command(write, said, each) for each in credentials]
    outcomes = await outcomes_of(request, commands) if commands else []
    told = [
        outcome_out(outcome) | {"app_id": each.app_id, "credential_id": each.credential_id}
        for each, outcome in zip(credentials, outcomes, strict=True)
    ]
    return json_answer({"outcomes": told, "more": len(found) > DEMANDS_MAX})


@routes.get("", response_model=Page[OpenDemand], summary="Who has not rotated yet")
async def demands(
    *,
    request: Request,
    mine: Mine,
    missed: Annotated[bool | None, Query(description="Only those whose deadline has passed, or has not.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List demands that nobody has met, the soonest deadline first: of your own and your teams' apps, or of all."""
    ended = after(cursor, AfterDemand, THE_SOONEST)
    await reached(request, min_position)
    found = await all_of(request, page_of_demands(seen_by=mine, missed=missed, after=ended, limit=limit + 1))
    return page(found, limit, lambda last: AfterDemand(last.deadline, last.credential_id))


def _asked(said: dict[str, Any]) -> DemandIn:
    try:
        return DemandIn.model_validate(said)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the demand is not well-formed", errors=errors) from None


async def _fitting(request: Request, asked: DemandIn) -> list[LiveCredential]:
    question = credentials_to_rotate(
        product_id=asked.product_id,
        owner_id=asked.owner_id,
        deadline=asked.deadline,
        then=asked.then,
        reason=asked.reason,
        limit=DEMANDS_MAX + 1,
    )
    return list(await all_of(request, question))


def _command(write: Writing, asked: Mapping[str, Any], credential: LiveCredential) -> Command:
    """One command of its own for each, known again by the whole request and the credential."""
    said = {name: asked[name] for name in DemandRotation.model_fields if name in asked}
    made = {"app_id": credential.app_id, "credential_id": credential.credential_id}
    return write.command(NAME, made, said=said, part=str(credential.credential_id))
