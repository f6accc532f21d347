"""Serving HTTP until a signal says to stop: what was taken in is finished first."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from adapters.compose import Launchpad
from adapters.http.app import web_app
from adapters.local import LocalServerError
from adapters.settings import Settings

CLOSE_SECONDS_MAX: Final = 10
"""What is still answered after the signal."""
KEEP_ALIVE_SECONDS: Final = 30
BACKLOG: Final = 1_024
HEADERS_BYTES_MAX: Final = 32 * 1_024
"""Four times the largest token."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises LocalServerError where the address is taken, and what opening the vault raises."""
    with listening(settings) as listener, Launchpad(settings) as launchpad:
        config = configured(web_app(launchpad))
        _Server(config).run(sockets=[listener])
        structlog.get_logger("http").info("stopped serving")


def configured(app: ASGIApp) -> uvicorn.Config:
    """How we serve."""
    return uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=CLOSE_SECONDS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=HEADERS_BYTES_MAX,
        http="h11",
        lifespan="on",
    )


class _Server(uvicorn.Server):
    """Uvicorn without its last word: it would raise the signal again, and nobody would close what we opened."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where we serve, once we do."""
        await super().startup(sockets)
        for each in sockets or ():
            host, port, *_ = each.getsockname()
            structlog.get_logger("http").info("serving", host=host, port=port)


def listening(settings: Settings) -> socket.socket:
    """Take the address first, so that a taken one is told before anything else starts."""
    host, port = settings.http
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # Accepted sockets inherit it. asyncio sets it only on sockets of its own making, and without it each answer is 40 ms late.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise LocalServerError(f"HTTP can't listen on {settings.http}: {error.strerror}; set LAUNCHPAD_HTTP to another address") from None
