"""What a write to a resource answers: its outcome, beside the id of what it was about."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from pydantic import ConfigDict, Field, JsonValue

from adapters.http.bodies import OutcomeOut, json_answer, outcome_out
from commands.outcome import Outcome

EXAMPLE: Final[dict[str, JsonValue]] = {"command_id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11", "outcome": "accepted", "position": 42}


class AppWritten(OutcomeOut):
    """What became of a change of an app."""

    model_config = ConfigDict(title="AppWritten", json_schema_extra={"examples": [{**EXAMPLE, "app_id": str(UUID(int=1))}]})

    app_id: UUID


class ProductWritten(OutcomeOut):
    """What became of a change of a product."""

    model_config = ConfigDict(title="ProductWritten", json_schema_extra={"examples": [{**EXAMPLE, "product_id": str(UUID(int=3))}]})

    product_id: UUID


class DeveloperWritten(OutcomeOut):
    """What became of a change of a developer."""

    model_config = ConfigDict(title="DeveloperWritten", json_schema_extra={"examples": [{**EXAMPLE, "developer_id": str(UUID(int=4))}]})

    developer_id: UUID


class ApprovalWritten(AppWritten):
    """What became of a decision, or of a withdrawal."""

    model_config = ConfigDict(
        title="ApprovalWritten", json_schema_extra={"examples": [{**EXAMPLE, "app_id": str(UUID(int=1)), "approval_id": str(UUID(int=5))}]}
    )

    approval_id: UUID


class CredentialWritten(AppWritten):
    """What became of a change of a credential."""

    model_config = ConfigDict(
        title="CredentialWritten",
        json_schema_extra={"examples": [{**EXAMPLE, "app_id": str(UUID(int=1)), "credential_id": str(UUID(int=2))}]},
    )

    credential_id: UUID


class TeamWritten(OutcomeOut):
    """What became of a change of a team."""

    model_config = ConfigDict(title="TeamWritten", json_schema_extra={"examples": [{**EXAMPLE, "team_id": str(UUID(int=6))}]})

    team_id: UUID


class MemberWritten(TeamWritten):
    """What became of a change of who belongs to a team."""

    model_config = ConfigDict(
        title="MemberWritten",
        json_schema_extra={"examples": [{**EXAMPLE, "team_id": str(UUID(int=6)), "developer_id": str(UUID(int=4))}]},
    )

    developer_id: UUID


class OfferWritten(AppWritten):
    """What became of an offer of a credential."""

    model_config = ConfigDict(
        title="OfferWritten",
        json_schema_extra={"examples": [{**EXAMPLE, "app_id": str(UUID(int=1)), "offer_id": str(UUID(int=7))}]},
    )

    offer_id: UUID


class CredentialMade(CredentialWritten):
    """A new credential. Its secret is shown once, here."""

    model_config = ConfigDict(title="CredentialMade", json_schema_extra=None)

    key_id: str = Field(description="The middle part of the credential's text: what it is looked up by, and no secret.")
    kind: str
    client_id: str | None = Field(description="The OAuth client id, which stays through rotations; null for other kinds.")
    expires_at: datetime | None
    secret: str | None = Field(description="The credential's whole text. Null where this request was taken before: it is kept nowhere.")
    advice: str | None = Field(None, description="What to do where the secret is not shown.")
    replaces: UUID | None = Field(None, description="The credential that it takes over from.")
    overlap_ends_at: datetime | None = Field(None, description="Until when the replaced one works as well.")


def written(outcome: Outcome, status: int = 200, location: str | None = None, **more: Any) -> Response:  # noqa: ANN401 - JSON
    """Tell that outcome, and of what."""
    told = json_answer(outcome_out(outcome) | more, status)
    if location is not None:
        told.headers["Location"] = location
    return told
