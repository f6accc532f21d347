"""GET /metrics: what this process has checked and denied, in Prometheus' text format."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from adapters.checking.failures import exposition
from adapters.http.checking_parts import CheckingParts
from adapters.http.problems import Problem
from adapters.http.who import asks
from commands.principal import Principal
from commands.who_may import may_see_all_apps

MEDIA_TYPE: Final = "text/plain; version=0.0.4"
routes = APIRouter(tags=["health"])


@routes.get("/metrics", summary="Counts of checks and denials", response_class=Response)
async def metrics(request: Request, principal: Annotated[Principal, Depends(asks)]) -> Response:
    """Show counts for Prometheus. Key ids and addresses are in it: for auditors, analysts and portal admins."""
    if not may_see_all_apps(principal):
        raise Problem(403, "not_allowed", "metrics are for auditors, analysts and portal admins")
    parts: CheckingParts = request.app.state.checking
    return Response("\n".join(exposition(parts.failures)) + "\n", media_type=MEDIA_TYPE)
