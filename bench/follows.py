"""Ours that follows: the follower and the rebuild as they run in production, timed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.postgres.codec import EventCodec
from adapters.postgres.connections import connect
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.postgres.rebuilding import rebuild
from adapters.settings import Settings
from projections.dashboard import DASHBOARD

POLL_SECONDS: Final = 0.002
TABLES: Final = tuple(f"dashboard.{projection.name}" for projection in DASHBOARD.projections)


class Follows:
    """Follows one database's log into its dashboard, in a process of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        self._url = settings.database
        self._launchpad = Launchpad(settings)
        self._codec = EventCodec(self._launchpad.vault.personal_data)
        self._follower: Follower | None = None

    def follow(self, head: int) -> float:
        """Follow from nothing to that position; returns the seconds from the start of the follower on."""
        self._empty()
        follower = Follower(self._url, FillsTables(DASHBOARD, self._codec))
        begun = time.perf_counter()
        with follower:
            self._wait(follower, head)
            return time.perf_counter() - begun

    def rebuild(self) -> tuple[int, float]:
        """Make the dashboard anew from the whole log; returns the position reached, and the seconds it took."""
        begun = time.perf_counter()
        position = rebuild(self._url, DASHBOARD, self._codec)
        return position, time.perf_counter() - begun

    def start(self, head: int) -> None:
        """Follow until `stop`; returns once it has come to the head."""
        self._follower = Follower(self._url, FillsTables(DASHBOARD, self._codec)).start()
        self._wait(self._follower, head)

    def stop(self) -> None:
        """Stop following."""
        if self._follower is not None:
            self._follower.stop()
            self._follower = None

    def close(self) -> None:
        """Stop, and give back connections."""
        self.stop()
        self._launchpad.close()

    @staticmethod
    def _wait(follower: Follower, position: int) -> None:
        while follower.status.position < position:
            if not follower.status.healthy:
                raise RuntimeError(f"the follower {follower.status.state}: {follower.status.reason}")
            time.sleep(POLL_SECONDS)

    def _empty(self) -> None:
        with connect(self._url) as connection, connection.transaction():
            connection.execute("TRUNCATE " + ", ".join(TABLES))
            connection.execute("UPDATE following.bookmark SET position = 0 WHERE read_model = %s", [DASHBOARD.name])
