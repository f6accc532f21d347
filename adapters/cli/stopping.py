"""Stopping by signal: SIGTERM and Ctrl-C set an event, and whoever waits for it ends in good order."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_signals() -> threading.Event:
    """An event that the first SIGTERM or SIGINT sets; more of them change nothing."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopped
