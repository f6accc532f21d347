"""The bulk worker in a process of its own, with its follower, as in `launchpad react`: `python -m tests.bulk.bulk_process`."""

from __future__ import annotations

from typing import Final

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.bulk import BulkWorker, fills_bulk
from tests.own_process import OwnProcess, begun

BATCH_MAX: Final = 3
"""Small batches: there are many moments to be killed at."""


def bulk_process(settings: Settings) -> OwnProcess:
    """Start it."""
    return OwnProcess("tests.bulk.bulk_process", settings)


def _main() -> None:
    settings, stopped = begun()
    with Launchpad(settings) as launchpad:
        follower = Follower(settings.database, fills_bulk(EventCodec(launchpad.vault.personal_data)))
        with follower, BulkWorker(settings.database, launchpad.pool, launchpad.log, BATCH_MAX):
            stopped.wait()


if __name__ == "__main__":
    _main()
