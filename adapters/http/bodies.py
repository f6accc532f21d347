"""What HTTP takes and gives, as it stands in OpenAPI. The names are those of the messages on the bus."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from adapters.intake import Request, claimed
from commands.fields import OneLine
from commands.outcome import Outcome, OutcomeKind
from domain.limits import NAME_CHARACTERS_MAX

Time = Annotated[AwareDatetime, AfterValidator(claimed)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=255), OneLine]


class CommandIn(BaseModel):
    """A command, as a CloudEvent in JSON: attributes beside `data`. Unknown attributes are refused, since one may be a misspelt one."""

    model_config = ConfigDict(extra="forbid", title="Command")

    id: UUID = Field(description="The command's id, made by its sender. Send the same id again, and the first outcome is told again.")
    type: Annotated[str, StringConstraints(max_length=NAME_CHARACTERS_MAX)] = Field(description="The command's name and version.")
    data: dict[str, Any] = Field(description="What the command says; its fields are listed with each command.")
    subject: str | None = Field(None, description="What it is about; where given, it must be the id that `data` names.")
    onbehalfof: str | None = Field(None, description="The developer to act for, where the token's `may_act` allows it.")
    time: Time | None = Field(None, description="What the sender's clock says: kept, and decides nothing.")
    correlationid: Text | None = None
    causationid: Text | None = None
    traceparent: Text | None = Field(None, description="W3C trace context; the header of that name serves as well.")
    source: Text | None = Field(None, description="Who sends, in CloudEvents; the token decides.")
    specversion: str | None = Field(None, pattern=r"^1\.0$")
    datacontenttype: str | None = Field(None, pattern=r"^application/json$")

    def request(self, authorization: str | None, traceparent: str | None) -> Request:
        """Hand the command on as every way in does."""
        return Request(
            command_id=self.id,
            name=self.type,
            payload=orjson.dumps(self.data),
            authorization=authorization,
            subject=self.subject,
            on_behalf_of=self.onbehalfof,
            correlation_id=self.correlationid,
            causation_id=self.causationid,
            claimed_at=self.time,
            traceparent=self.traceparent or traceparent,
        )


class ErrorOut(BaseModel):
    """Where a command is not well-formed, and why."""

    model_config = ConfigDict(title="FieldError")

    field: str
    reason: str


class OutcomeOut(BaseModel):
    """What became of a command: the same as its reply on the bus."""

    model_config = ConfigDict(
        title="Outcome",
        json_schema_extra={"examples": [{"command_id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11", "outcome": "accepted", "position": 42}]},
    )

    command_id: UUID
    outcome: OutcomeKind
    position: int | None = Field(None, description="The place in the log to wait for, to read one's own write (`min_position`).")
    code: str | None = Field(None, description="Why it was not accepted, as a stable code.")
    sentence: str | None = Field(None, description="Why, in a sentence.")
    errors: list[ErrorOut] | None = None


def outcome_out(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON, without what it has not."""
    told: dict[str, Any] = {"command_id": outcome.command_id, "outcome": outcome.kind.value}
    told |= {name: value for name in ("position", "code", "sentence") if (value := getattr(outcome, name)) is not None}
    if outcome.errors:
        told["errors"] = [{"field": error.field, "reason": error.reason} for error in outcome.errors]
    return told


def json_answer(content: object, status: int = 200) -> Response:
    """Content as JSON: UUIDs and times as text."""
    return Response(orjson.dumps(content), status, media_type="application/json")


class ProblemOut(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str
    title: str
    status: int
    code: str = Field(description="Stable; made for programs.")
    detail: str = Field(description="Made for people.")
    errors: list[ErrorOut] | None = None
