"""`launchpad serve` in processes of its own, and clients that present credentials to them."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.local.ports import free_port
from adapters.settings import Settings, variable

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 30
AN_HOUR_AHEAD = "import time; real = time.time; time.time = lambda: real() + 3600; from adapters.cli.main import main; main()"
"""The same program, whose clock is wrong."""


class Verifier:
    """One process that answers checks."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port


@contextmanager
def verifier(settings: Settings, *, clock_is_wrong: bool = False) -> Iterator[Verifier]:
    """Serve as long as a test needs it."""
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHPAD_")}
    ours = {variable(name): str(getattr(settings, name)) for name in settings.model_fields_set}
    program = ["-c", AN_HOUR_AHEAD] if clock_is_wrong else ["-m", "adapters.cli"]
    process = subprocess.Popen(
        [sys.executable, *program, "serve"],
        cwd=ROOT,
        env=outside | ours | {"LAUNCHPAD_HTTP": f"127.0.0.1:{port}", "LAUNCHPAD_LOG_LEVEL": "warning"},
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield Verifier(process, port)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/ready")
            if connection.getresponse().read():
                return
        except OSError:
            assert process.poll() is None, "launchpad serve ended"
            assert time.monotonic() < deadline, "launchpad serve did not start"
            time.sleep(0.05)
        finally:
            connection.close()


class Gateway:
    """A gateway's connection to one verifier; for one thread."""

    def __init__(self, verifier: Verifier, token: str, product_id: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", verifier.port, timeout=60)
        self._bearer = f"Bearer {token}"
        self._product_id = product_id

    def verify(self, key: str) -> bool:
        """Whether /v1/verify allows it."""
        said = self._post("/v1/verify", {"credential": key, "product_id": self._product_id})
        return json.loads(said)["allowed"] is True

    def verify_all(self, keys: Sequence[str]) -> list[bool]:
        """Whether /v1/verify/batch allows each."""
        checks = [{"credential": key, "product_id": self._product_id} for key in keys]
        return [each["allowed"] is True for each in json.loads(self._post("/v1/verify/batch", {"checks": checks}))["verdicts"]]

    def forward(self, key: str) -> bool:
        """Whether forward-auth lets it in."""
        headers = {"X-Launchpad-Gateway": self._bearer, "Authorization": f"Bearer {key}"}
        self._connection.request("GET", f"/v1/forward-auth/{self._product_id}", headers=headers)
        answered = self._connection.getresponse()
        answered.read()
        assert answered.status in {200, 401, 403}, answered.status
        return answered.status == 200

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _post(self, path: str, said: object) -> bytes:
        headers = {"Authorization": self._bearer, "Content-Type": "application/json"}
        self._connection.request("POST", path, json.dumps(said), headers)
        answered = self._connection.getresponse()
        text = answered.read()
        assert answered.status == 200, text
        return text
