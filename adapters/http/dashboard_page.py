"""The sample dashboard: apps as cards, for trying things out on this machine. Served only while local tokens are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Annotated, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from adapters.http.pages import page
from adapters.http.problems import Problem
from adapters.postgres.questions import Questions
from adapters.settings_values import is_loopback
from domain.owner import OwnerKind
from readmodels.apps import ShownApp, ShownCredential, ShownProduct, apps_by_status, page_of_apps

routes = APIRouter(include_in_schema=False)
Status = Literal["active", "pending", "rejected", "suspended", "deleted"]


@routes.get("/dashboard")
def dashboard(
    request: Request, owner: Annotated[UUID | None, Query()] = None, status: Annotated[Status | None, Query()] = None
) -> HTMLResponse:
    """Show the newest apps; of one developer or team, or of one status."""
    settings = request.app.state.launchpad.settings
    # A page elsewhere could point its own name at this machine, and read what a browser here may read.
    if settings.local_issuer == "on" and not is_loopback(request.url.hostname or ""):
        raise Problem(403, "not_allowed", "the sample dashboard is shown on this machine only, by a loopback address")
    questions: Questions = request.app.state.questions
    shown = questions.all(page_of_apps(owner_id=owner, status=status))
    counts = {each.status: each.apps for each in questions.all(apps_by_status(owner_id=owner))}
    name = shown[0].owner_name if owner and shown else None
    title = f"Apps of {name}" if name else "Sample apps"
    return page(title, _filters(owner, status, counts) + _cards(shown), dashboard=True)


def _filters(owner: UUID | None, status: str | None, counts: dict[str, int]) -> str:
    mine = f"owner={owner}&amp;" if owner else ""
    links = [
        f'<a href="?{mine}status={each}"{" aria-current=page" if each == status else ""}>{each} ({counts.get(each, 0)})</a>'
        for each in get_args(Status)
    ]
    everybody = ' · <a href="/dashboard">everybody</a>' if owner else ""
    return f'<p>As a portal admin sees them. <a href="?{mine}">All but deleted</a> · {" · ".join(links)}{everybody}</p>'


def _cards(shown: Sequence[ShownApp]) -> str:
    if not shown:
        return "<p>No app here.</p>"
    return f'<ul class="cards">{"".join(map(_card, shown))}</ul>'


def _card(app: ShownApp) -> str:
    reason = f'<p class="soft">{escape(app.status_reason)}</p>' if app.status_reason else ""
    team = "team " if app.owner_kind == OwnerKind.TEAM else ""
    owner = f'{team}<a href="?owner={app.owner_id}">{escape(app.owner_name or "unknown")}</a>'
    offered = f" Offered to another {escape(app.offered_to.kind)}." if app.offered_to is not None else ""
    return (
        f'<li class="card"><h2><span>{escape(app.name)}</span>{_state(app.status)}</h2>{reason}'
        f'<p class="soft">{escape(app.description)} By {owner}.{offered}</p>'
        f"{_list('Products', [_product(each) for each in app.products])}"
        f"{_list('Credentials', [_credential(each) for each in app.credentials])}</li>"
    )


def _list(title: str, items: Sequence[str]) -> str:
    return f"<strong>{title}</strong><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else ""


def _product(product: ShownProduct) -> str:
    retired = " (retired)" if product.product_status == "retired" else ""
    reason = f' <span class="soft">{escape(product.reason)}</span>' if product.reason else ""
    return f"{escape(product.name or 'unknown')}{retired} {_state(product.status)}{reason}"


def _credential(credential: ShownCredential) -> str:
    kind = {"api_key": "API key", "oauth_client": "OAuth client", "jwt": "JWT"}.get(credential.kind, escape(credential.kind))
    return f"{kind} <code>{credential.key_id[:8]}…</code> {_state(credential.state)}{_until(credential)}"


def _until(credential: ShownCredential) -> str:
    if credential.ended_at is not None:
        return f' <span class="soft">{escape(credential.ended_reason or "")} {_day(credential.ended_at)}</span>'
    said = []
    if credential.rotation_due_at is not None and credential.successor_id is None:
        missed = credential.rotation_missed_at is not None or credential.rotation_due_at <= datetime.now(UTC)
        otherwise = "cut off" if credential.rotation_then == "revoke" else "reported"
        verb = "should have been rotated by" if missed else "rotate by"
        said.append(f"{verb} {_day(credential.rotation_due_at)}" + ("" if missed else f", or it is {otherwise}"))
    if credential.retires_at is not None:
        successor = f", then only <code>{credential.successor_id.hex[:8]}…</code> works" if credential.successor_id else ""
        said.append(f"works until {_day(credential.retires_at)}, {_left(credential.retires_at)} left{successor}")
    elif credential.expires_at is not None:
        said.append(f"until {_day(credential.expires_at)}")
    return f' <span class="soft">{"; ".join(said)}</span>' if said else ""


def _left(until: datetime) -> str:
    hours, minutes = divmod(max(0, int((until - datetime.now(UTC)).total_seconds())) // 60, 60)
    return f"{hours} h {minutes} min"


def _day(at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M} UTC</time>'


def _state(state: str) -> str:
    return f'<span class="state {escape(state)}">{escape(state)}</span>'
