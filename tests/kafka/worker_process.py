"""A worker of the bus in a process of its own: `python -m tests.kafka.worker_process GROUP [NAME]`. It stops as `launchpad work` does."""

from __future__ import annotations

import sys

from adapters.compose import Launchpad
from adapters.kafka.clients import Membership
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from tests.own_process import OwnProcess, begun


def worker_process(settings: Settings, group: str, name: str = "") -> OwnProcess:
    """Start it."""
    return OwnProcess("tests.kafka.worker_process", settings, group, *([name] if name else []))


def _main() -> None:
    settings, stopped = begun()
    group, *name = sys.argv[1:]
    membership = Membership(session_ms=6_000, heartbeat_ms=300, name=name[0] if name else None)
    with Launchpad(settings) as launchpad:
        Worker(settings, launchpad.taker, membership, group).run(stopped)


if __name__ == "__main__":
    _main()
