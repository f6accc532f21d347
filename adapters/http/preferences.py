"""Preferences under /v1/preferences: which notices reach you by which channel, and how soon."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.http.asking import only_known, state_of, versioned
from adapters.http.bodies import OutcomeOut
from adapters.http.described import takes
from adapters.http.outcomes import written
from adapters.http.recipients import Whose
from adapters.http.writing import WriteIf
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Preferences, Timing

routes = APIRouter(prefix="/v1/preferences", tags=["notices"], dependencies=[Depends(only_known)])


class PreferencesOut(BaseModel):
    """All of them, also those that nobody has set."""

    model_config = ConfigDict(title="Preferences")

    timings: dict[NoticeKind, dict[Channel, Timing]] = Field(description="By kind, then by channel.")
    digest_hour: int = Field(description="The hour, in UTC, of the daily mail.")


@routes.get("", response_model=PreferencesOut, summary="What reaches you, and how")
async def preferences(request: Request, whose: Whose) -> Response:
    """Look at them: from the log itself, so at once. Their ETag is what If-Match takes."""
    found, version = await state_of(request, Preferences, whose)
    timings = {kind: {channel: found.timing(kind, channel) for channel in Channel} for kind in NoticeKind}
    return versioned(request, PreferencesOut(timings=timings, digest_hour=found.digest_hour), version)


@routes.put("", response_model=OutcomeOut, summary="Set your preferences", openapi_extra=takes("preferences.set.v1", "recipient_id"))
async def set_preferences(whose: Whose, write: WriteIf) -> Response:
    """Replace them whole: what is not named is told at once.

    Only mails can be `daily`. What was or will be cut off (a suspension, a deletion, a demanded rotation) always lies in the inbox.
    """
    return written(await write.send("preferences.set.v1", {"recipient_id": whose}))
