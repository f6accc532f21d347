"""Reading one's own writes: a command over HTTP, and at once the app as the dashboard shows it after that command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import orjson

from adapters.local.ports import LOOPBACK, free_port
from adapters.settings import Settings
from bench.mix import app, people
from bench.watching import Lags, percentiles

START_SECONDS_MAX: Final = 30
STOP_SECONDS_MAX: Final = 20
WARM_UP: Final = 10
HTTP_OK: Final = 200


class OwnWrites:
    """A server of ours as production starts it, and a client with one connection that is kept open."""

    def __init__(self, environment: Mapping[str, str], owners: int) -> None:
        self._port = free_port()
        self._environment = {**environment, "LAUNCHPAD_HTTP": f"{LOOPBACK}:{self._port}"}
        self._owners = people(Settings.load(environment), owners).owners
        self._number = 0

    def __enter__(self) -> Self:
        """Start the server, and wait until it answers."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHPAD_")}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli", "serve"],
            env={**outside, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            self._client = HTTPConnection(LOOPBACK, self._port, timeout=START_SECONDS_MAX)
            try:
                self._client.connect()
            except OSError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("`launchpad serve` did not start") from None
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the server."""
        self._client.close()
        self._server.terminate()
        self._server.wait(STOP_SECONDS_MAX)

    def read(self, count: int) -> Lags:
        """Create that many apps, and read each one as soon as its reply is there."""
        milliseconds = []
        self._client.close()  # The server has hung up since the round before; the next request connects anew.
        for _ in range(WARM_UP + count):
            self._number += 1
            owner = self._owners[self._number % len(self._owners)]
            created = app(uuid4(), owner, f"Own write {self._number}")
            reply = self._ask("POST", "/v1/commands", owner.authorization, {"id": uuid4(), "type": "app.create.v1", "data": created})
            begun = time.perf_counter()
            shown = self._ask("GET", f"/v1/apps/{created['app_id']}?min_position={reply['position']}", owner.authorization)
            milliseconds.append(1_000 * (time.perf_counter() - begun))
            if shown["name"] != created["name"]:
                raise RuntimeError(f"not what was written: {shown}")
        return percentiles(milliseconds[WARM_UP:])

    def _ask(self, method: str, path: str, authorization: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        headers = {"authorization": authorization, "content-type": "application/json"}
        self._client.request(method, path, None if body is None else orjson.dumps(body), headers)
        answer = self._client.getresponse()
        said = answer.read()
        if answer.status != HTTP_OK:
            raise RuntimeError(f"{method} {path}: {answer.status}: {said.decode(errors='replace')[:500]}")
        return json.loads(said)
