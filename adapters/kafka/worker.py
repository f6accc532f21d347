"""The worker: each poll of the commands topic is a batch; it is decided and committed, then answered, then its offsets are committed."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Final

import psycopg
from kafka.errors import KafkaError

from adapters.compose import Launchpad
from adapters.kafka.clients import Membership
from adapters.kafka.health import Health, State
from adapters.kafka.session import Session
from adapters.settings import Settings
from adapters.taking import Taker
from commands.ports import LogUnavailable

GROUP: Final = "launchpad-commands"
BACKOFF_SECONDS: Final = (0.2, 5.0)
"""First and longest wait when Kafka or the database is away."""


class Worker:
    """Takes commands from Kafka until it is stopped, through every outage. One thread; run several processes for more speed.

    Nothing is lost: whatever goes wrong, it reads again from the offsets that were committed, and those are committed last. Nothing
    happens twice: a command that is read again gets the outcome that it has.
    """

    def __init__(
        self, settings: Settings, make_taker: Callable[[], Taker], membership: Membership | None = None, group: str = GROUP
    ) -> None:
        self._settings = settings
        self._make_taker = make_taker
        self._membership = membership or Membership()
        self._group = group
        self.health = Health()

    def run(self, stopped: threading.Event) -> None:
        """Work until `stopped` is set: then the batch at hand is finished, its offsets are committed, and the group is left."""
        backoff = BACKOFF_SECONDS[0]
        taker: Taker | None = None
        while not stopped.is_set():
            try:
                taker = taker or self._make_taker()
                with Session(self._settings, self._group, self._membership, taker, self.health) as session:
                    self.health.now(State.RUNNING)
                    backoff = BACKOFF_SECONDS[0]
                    session.run(stopped)
            except (LogUnavailable, psycopg.OperationalError):
                self.health.now(State.WAITING_FOR_DATABASE, "the database can't be reached")
            except (KafkaError, OSError) as error:
                self.health.now(State.WAITING_FOR_KAFKA, _said(error))
            if stopped.wait(backoff):
                break
            backoff = min(2 * backoff, BACKOFF_SECONDS[1])
        self.health.now(State.STOPPED)


def _said(error: Exception) -> str:
    """What an error of Kafka says, in one line."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines and lines[0] != type(error).__name__ else type(error).__name__


def run_worker(settings: Settings, stopped: threading.Event) -> None:
    """Work with parts of its own until stopped: what `launchpad work` does. Raises what the parts raise that can't be waited for."""
    with Launchpad(settings) as launchpad:
        worker = Worker(settings, launchpad.taker)
        gc.freeze()  # What is here now stays: the collector need not look at it again and again.
        worker.run(stopped)
