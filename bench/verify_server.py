"""The server that is measured, as production runs it, with one more route on it that answers a constant."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Final

import uvicorn
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.compose import Launchpad
from adapters.http.app import web_app
from adapters.http.serving import configured
from adapters.local.ports import LOOPBACK, free_port
from adapters.logging import set_up_logging
from adapters.settings import Settings

CONSTANT_PATH: Final = "/bench/constant"
BODY: Final = (
    b'{"allowed":true,"reason":null,"app":{"id":"3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21","name":"App 1","attributes":{}},"owner":{"kind":'
    b'"developer","id":"0f4ce0e4-2f0b-5bd0-8a5e-5d6f8b3e7a10"},"credential_id":"7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11","kind":"api_key",'
    b'"expires_at":null}'
)
"""As long as a verdict is."""
START_SECONDS: Final = 0.01


class Constant:
    """Reads the body, as a check must, and answers the same always."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        await Response(BODY, media_type="application/json")(scope, receive, send)


class VerifyServer:
    """Serves in a thread of this process, whose main thread only waits to be told."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        set_up_logging("json", "warning")
        self._port = free_port()
        self._launchpad = Launchpad(Settings.load(environment))
        app = web_app(self._launchpad)
        app.router.routes.insert(0, Route(CONSTANT_PATH, Constant()))
        config = configured(app)
        config.host, config.port = LOOPBACK, self._port
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(START_SECONDS)

    def port(self) -> int:
        """Where it serves."""
        return self._port

    def cpu_seconds(self) -> float:
        """What it has used of a core since it started."""
        return time.process_time()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join()
        self._launchpad.close()
