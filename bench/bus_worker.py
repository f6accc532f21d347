"""A worker of ours on the bus, as `launchpad work` runs it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from adapters.compose import Launchpad
from adapters.kafka.clients import Membership
from adapters.kafka.worker import Worker
from adapters.logging import set_up_logging
from adapters.settings import Settings
from bench.children import settle_memory

HEARTBEAT_MS: Final = 300
"""Others are seen to join and leave the sooner; it changes nothing once all are there."""
STOP_SECONDS_MAX: Final = 60


class BusWorker:
    """Works between `start` and `stop`, in a process of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        self._launchpad = Launchpad(settings)
        self._taker = self._launchpad.taker()  # Kept from round to round, with what it remembers: as in a worker that runs on.
        self._settings = settings
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        settle_memory()  # As `run_worker` does.

    def start(self) -> None:
        """Join the group, and take commands."""
        self._stopped.clear()
        worker = Worker(self._settings, lambda: self._taker, Membership(heartbeat_ms=HEARTBEAT_MS))
        self._thread = threading.Thread(target=worker.run, args=(self._stopped,), name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand, and leave the group."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS_MAX)
            self._thread = None

    def close(self) -> None:
        """Stop, and give back connections."""
        self.stop()
        self._launchpad.close()
