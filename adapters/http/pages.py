"""The plain pages: what this is, and one frame for all of them. No script, nothing from elsewhere: they work without a network."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

routes = APIRouter(include_in_schema=False)
STYLE: Final = Path(__file__).with_name("style.css").read_bytes()
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(title: str, content: str, *, dashboard: bool) -> HTMLResponse:
    """Put content (HTML, whose texts are escaped already) into the frame."""
    links = [("/", "Start"), ("/docs", "API"), ("/openapi.json", "OpenAPI"), ("/ready", "Health")]
    links += [("/dashboard", "Sample dashboard")] if dashboard else []
    nav = "".join(f'<a href="{href}">{name}</a>' for href, name in links)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)} · Launchpad Apps</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head>'
        f'<body><header class="top"><div><nav aria-label="Pages">{nav}</nav></div></header>'
        f"<main><h1>{escape(title)}</h1>{content}</main></body></html>",
        headers=HEADERS,
    )


def has_dashboard(request: Request) -> bool:
    """Whether the sample dashboard is served: only while local tokens are trusted."""
    return bool(request.app.state.launchpad.settings.local_issuer != "off")


@routes.get("/style.css")
async def style() -> Response:
    """The one style sheet."""
    return Response(STYLE, media_type="text/css")


@routes.get("/")
async def start(request: Request) -> HTMLResponse:
    """Say what this is."""
    base = escape(str(request.base_url).rstrip("/"))
    local = has_dashboard(request)
    notice = (
        '<p><strong>Development:</strong> tokens of the local issuer are trusted here. <a href="/dashboard">See the sample apps</a>.</p>'
    )
    return page(
        "Launchpad Apps",
        "<p>Developer apps, their credentials and approvals. Commands change things and each has an outcome; the dashboard follows"
        f" moments later.</p>{notice if local else ''}"
        '<ul><li><a href="/docs">The API</a>: every call and every command, with examples</li>'
        '<li><a href="/openapi.json">openapi.json</a>: the same for programs</li>'
        '<li><a href="/health">health</a> and <a href="/ready">readiness</a></li></ul>'
        f'<h2>Try it</h2><pre>TOKEN=$(launchpad token --as developer:ada)\ncurl -H "authorization: Bearer $TOKEN" {base}/v1/apps</pre>',
        dashboard=local,
    )
