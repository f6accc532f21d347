"""What a gateway asks over HTTP, and what it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adapters.checking.checks import ASKED_MAX
from adapters.checking.verdict import Verdict

ADDRESS_CHARACTERS_MAX: Final = 100
"""Longer than any address, with a zone."""
EXAMPLE_KEY: Final = "lpklive_7e9c0f3a52c14d0b9d3a0f6f4a1f3a11_" + "0" * 49
EXAMPLE_PRODUCT: Final = "7d0b6f0c-6a43-4c0e-9a57-0f9f6c1f5b01"


class CheckIn(BaseModel):
    """A credential that was presented for a product."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="CheckIn")

    credential: str = Field(repr=False, description="As the client presented it: an API key, a jwt credential or an access token of ours.")
    product_id: UUID = Field(description="The product that it was presented for.")
    client_address: Annotated[str, Field(max_length=ADDRESS_CHARACTERS_MAX)] | None = Field(
        None, description="The client's address; failures are counted by it."
    )


class ChecksIn(BaseModel):
    """Many checks at once."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="ChecksIn")

    checks: list[CheckIn] = Field(min_length=1, max_length=ASKED_MAX)


class CallingApp(BaseModel):
    """The app that calls."""

    model_config = ConfigDict(title="CallingApp")

    id: UUID
    name: str
    attributes: dict[str, str]


class CallingOwner(BaseModel):
    """Whose app it is."""

    model_config = ConfigDict(title="CallingOwner")

    kind: str
    id: UUID


class VerdictOut(BaseModel):
    """Whether it may call. App and owner are told of whatever was proved, also where it may not."""

    model_config = ConfigDict(title="VerdictOut")

    allowed: bool
    reason: str | None = Field(description="Why not, as a stable code; null where it is allowed.")
    app: CallingApp | None
    owner: CallingOwner | None
    credential_id: UUID | None
    kind: str | None = Field(description="api_key, jwt or access_token.")
    expires_at: datetime | None = Field(description="When it will end by itself; null: not.")


class VerdictsOut(BaseModel):
    """A verdict on each check, in their order."""

    model_config = ConfigDict(title="VerdictsOut")

    verdicts: list[VerdictOut]


def verdict_out(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON: by hand, since gateways wait for it."""
    answer, presented = verdict.answer, verdict.presented
    if answer is None or presented is None:
        return {
            "allowed": False,
            "reason": verdict.reason,
            "app": None,
            "owner": None,
            "credential_id": None,
            "kind": None,
            "expires_at": None,
        }
    return {
        "allowed": verdict.reason is None,
        "reason": verdict.reason,
        "app": {"id": answer.app_id, "name": answer.name, "attributes": answer.attributes},
        "owner": {"kind": answer.owner_kind, "id": answer.owner_id},
        "credential_id": presented.credential_id,
        "kind": presented.kind,
        "expires_at": verdict.expires_at,
    }
