"""The link in our mails that ends them (RFC 8058): a mail program posts to it, and a person sees a page with one button."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.compose import Launchpad
from adapters.http.asking import state_of
from adapters.http.pages import has_dashboard, page
from adapters.http.problems import Problem
from adapters.mail.unsubscribing import LINK_KEY, recipient_of
from commands.command import Envelope
from commands.executor import Executor
from commands.principal import SYSTEM
from commands.set_preferences import SetPreferences
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Preferences, Timing

routes = APIRouter(include_in_schema=False)
NAME = "preferences.set.v1"


@routes.get("/unsubscribe/{token}")
async def ask(request: Request, token: str) -> Response:
    """Ask whether it is meant: a mail program that looks at every link ends nothing."""
    await _recipient(request, token)
    button = '<form method="post"><button type="submit">Send me no more mails</button></form>'
    words = "<p>Notices will go on to lie in your inbox. What is sent to you, and how soon, is set by <code>PUT /v1/preferences</code>.</p>"
    return page("No more mails?", words + button, dashboard=has_dashboard(request))


@routes.post("/unsubscribe/{token}")
async def unsubscribe(request: Request, token: str) -> Response:
    """Switch mails off for whom this link was made."""
    recipient_id = await _recipient(request, token)
    found, _ = await state_of(request, Preferences, recipient_id)
    timings = {
        kind: {channel: Timing.OFF if channel is Channel.EMAIL else found.timing(kind, channel) for channel in Channel}
        for kind in NoticeKind
    }
    command = SetPreferences(recipient_id=recipient_id, timings=timings, digest_hour=found.digest_hour)
    digest = sha256(command.model_dump_json().encode()).digest()
    launchpad: Launchpad = request.app.state.launchpad
    await run_in_threadpool(Executor(launchpad.log).execute, [Envelope(uuid4(), NAME, command, SYSTEM, digest)])
    return page("No more mails", "<p>Done. Notices will go on to lie in your inbox.</p>", dashboard=has_dashboard(request))


async def _recipient(request: Request, token: str) -> UUID:
    launchpad: Launchpad = request.app.state.launchpad
    key = await run_in_threadpool(launchpad.vault.secret, LINK_KEY)
    recipient_id = recipient_of(key, token)
    if recipient_id is None:
        raise Problem(HTTPStatus.NOT_FOUND, "link_unknown", "this is no link of ours")
    return recipient_id
