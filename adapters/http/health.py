"""Whether we live, and whether we are ready: for load balancers, containers and people."""

from __future__ import annotations

from typing import Any, Final, Literal

import psycopg
from fastapi import APIRouter, Request, Response
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, Field

from adapters.compose import Launchpad
from adapters.http.bodies import json_answer
from adapters.http.problems import unavailable, vault_closed
from adapters.postgres import migrations
from adapters.postgres.bookmarks import Bookmark
from adapters.vault.master_key import WrongMasterKey
from projections.dashboard import DASHBOARD

routes = APIRouter(tags=["health"])
FOLLOWED: Final = Bookmark(DASHBOARD.name, DASHBOARD.version)


class Health(BaseModel):
    """A process that lives."""

    status: Literal["live"]
    local_issuer: bool = Field(description="Whether tokens of this machine's own issuer are trusted: for development.")


class Lag(BaseModel):
    """How far the dashboard is behind the log."""

    position: int
    head: int
    lag_events: int
    lag_seconds: float


class Ready(BaseModel):
    """A process that can serve."""

    status: Literal["ready"]
    local_issuer: bool
    dashboard: Lag


@routes.get("/health", response_model=Health, summary="Whether this process lives")
async def health(request: Request) -> dict[str, Any]:
    """Answer as long as this process can answer at all; says nothing about the database."""
    settings = request.app.state.launchpad.settings
    return {"status": "live", "local_issuer": settings.local_issuer != "off"}


@routes.get("/ready", response_model=Ready, summary="Whether commands and questions can be served")
def ready(request: Request) -> Response:
    """Look at the databases, the vault's master key, and how far the dashboard is behind the log. 503 while requests can't be served."""
    launchpad: Launchpad = request.app.state.launchpad
    local_issuer = launchpad.settings.local_issuer != "off"
    report: dict[str, Any] = {}
    try:
        with launchpad.pool.connection() as connection:
            pending = migrations.pending(connection)
            if not pending:
                report["dashboard"] = _lag(connection)
                launchpad.vault.check()
    except WrongMasterKey:
        raise vault_closed() from None
    except (PoolTimeout, psycopg.OperationalError):
        raise unavailable("database_away", "the database does not answer", local_issuer=local_issuer) from None
    if pending:
        detail = "the database is not migrated to this version; run: launchpad migrate"
        raise unavailable("not_migrated", detail, local_issuer=local_issuer, pending=pending)
    return json_answer({"status": "ready", "local_issuer": local_issuer, **report})


def _lag(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    lag = FOLLOWED.lag(connection)
    return {"position": lag.position, "head": lag.head, "lag_events": lag.events, "lag_seconds": round(lag.seconds, 3)}
