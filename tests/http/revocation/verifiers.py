"""`launchpad serve` in processes of its own, of which some are told the wrong time, hear nothing, or are stopped for a while."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.local.ports import free_port
from adapters.settings import Settings, variable

ROOT = Path(__file__).parents[3]
START_SECONDS_MAX = 60
AN_HOUR = 3_600


class Verifier:
    """One process that answers checks."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let it stand still meanwhile, in whatever it was doing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # A signal needs a moment to arrive.
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def verifier(settings: Settings, *, seconds_off: int = 0) -> Iterator[Verifier]:
    """Serve as long as a test needs it, by a clock that is so many seconds ahead."""
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHPAD_")}
    ours = {variable(name): str(getattr(settings, name)) for name in settings.model_fields_set}
    ours |= {"LAUNCHPAD_HTTP": f"127.0.0.1:{port}", "LAUNCHPAD_PUBLIC_URL": settings.own_issuer, "LAUNCHPAD_LOG_LEVEL": "warning"}
    program = ["tests.http.revocation.wrong_clock", str(seconds_off)] if seconds_off else ["adapters.cli"]
    process = subprocess.Popen([sys.executable, "-m", *program, "serve"], cwd=ROOT, env=outside | ours, stdin=subprocess.DEVNULL)
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
