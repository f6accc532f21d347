"""Python's cycle collector, kept from looking at what is in no cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG_OBJECTS_MAX: Final = 50_000
"""Ten batches or so of commands; Python's own 700 made the collector a sixth of all work."""


def relax_collector() -> None:
    """Let the collector of a process that takes commands look less often: nearly all that it makes goes by reference counts."""
    gc.set_threshold(YOUNG_OBJECTS_MAX, 20, 20)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Spare the collector a page's thousands of rows and events: none is in a cycle, and looking at them took a third of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
