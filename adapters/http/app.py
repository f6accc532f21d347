"""The web application: routes put together over one Launchpad."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import anyio
from fastapi import FastAPI

from adapters.checking.checks import Checks
from adapters.compose import Launchpad
from adapters.http import (
    approvals,
    apps_in,
    apps_out,
    bulk,
    commands_in,
    credential_offers,
    credentials,
    dashboard_page,
    deliveries,
    developers,
    export,
    forward_auth,
    health,
    inbox,
    leaks,
    metrics,
    openapi,
    pages,
    policy,
    policy_trial,
    preferences,
    products,
    reference_page,
    replacing_leaked,
    rotation_demands,
    shown_secrets,
    teams,
    transfers,
    unsubscribe,
    verify,
    webhooks,
)
from adapters.http.asking import WAITING_MAX
from adapters.http.checking_parts import CheckingParts
from adapters.http.gathering import Gathering
from adapters.http.making import Making
from adapters.http.oauth import client as oauth_client
from adapters.http.oauth import introspect, metadata, revoke
from adapters.http.oauth import token as oauth_token
from adapters.http.problems import LastResort, tell_problems
from adapters.postgres.questions import Questions
from adapters.postgres.waiting import Positions
from readmodels.clients import OpenedNow, opens_now

# The export stands before the apps: its path would be taken for an app's id.
RESOURCES: Final = (
    export,
    apps_out,
    apps_in,
    transfers,
    credentials,
    credential_offers,
    leaks,
    replacing_leaked,
    rotation_demands,
    products,
    approvals,
    policy,
    policy_trial,
    developers,
    teams,
    shown_secrets,
    bulk,
    inbox,
    preferences,
    webhooks,
    deliveries,
)
OAUTH: Final = (oauth_token, introspect, revoke, metadata, oauth_client)


class WebApp(FastAPI):
    """FastAPI with our own OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        self.openapi_schema = self.openapi_schema or openapi.describe(self)
        return self.openapi_schema


def web_app(launchpad: Launchpad) -> FastAPI:
    """Everything that HTTP serves. Raises what opening the vault raises; the caller closes the Launchpad."""
    taker = launchpad.taker()
    questions = Questions(launchpad.pool)
    checking = CheckingParts(launchpad.verifier, Checks(launchpad.settings.database, launchpad.own_tokens), questions)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        app.state.waiting = anyio.CapacityLimiter(WAITING_MAX)
        app.state.trying = anyio.CapacityLimiter(policy_trial.TRIALS_AT_ONCE)
        app.state.gathering = Gathering(taker, launchpad.settings.batch_max)
        with Positions(launchpad.settings.database) as positions:
            app.state.positions = positions
            app.state.exporting = threading.BoundedSemaphore(export.EXPORTS_MAX)
            async with checking.checks:
                yield
            app.state.gathering.close()

    app = WebApp(title="Launchpad Apps", docs_url=None, redoc_url=None, lifespan=running, redirect_slashes=False)
    app.state.launchpad = launchpad
    app.state.questions = questions
    app.state.signed_in = set()

    def opened_now(app_id: UUID) -> OpenedNow:
        return questions.all(opens_now(app_id))[0]

    app.state.making = Making(launchpad.settings.environment, launchpad.own_tokens, opened_now)
    app.state.checking = checking
    tell_problems(app)
    app.router.routes += [*verify.routes(checking), *forward_auth.routes(checking)]  # First, and plain: gateways wait for them.
    for room in (commands_in, *RESOURCES, *OAUTH, health, metrics, pages, unsubscribe, reference_page):
        app.include_router(room.routes)
    if launchpad.settings.local_issuer != "off":
        app.include_router(dashboard_page.routes)
    app.add_middleware(LastResort)
    return app
