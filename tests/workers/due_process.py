"""The worker of what falls due in a process of its own, with its follower: `python -m tests.workers.due_process BATCH_MAX`."""

from __future__ import annotations

import sys

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.due import DueWorker
from commands.executor import Executor
from projections.todo import TODO
from tests.own_process import OwnProcess, begun


def due_process(settings: Settings, batch_max: int) -> OwnProcess:
    """Start it."""
    return OwnProcess("tests.workers.due_process", settings, str(batch_max))


def _main() -> None:
    settings, stopped = begun()
    with Launchpad(settings) as launchpad:
        follower = Follower(settings.database, FillsTables(TODO, EventCodec(launchpad.vault.personal_data)))
        with follower, DueWorker(settings.database, Executor(launchpad.log), int(sys.argv[1])):
            stopped.wait()


if __name__ == "__main__":
    _main()
