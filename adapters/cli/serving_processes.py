"""What `serve`, `work`, `project` and `react` have in common: logs, and an end with the `launchpad run` that started them."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from adapters.settings import Settings

LOOK_SECONDS: Final = 1.0

Parent = Annotated[int | None, typer.Option("-P", hidden=True, help="End when this process is gone.")]
"""Short, since a long one would be suggested to whoever misspells another, hidden as it is."""


def begin(parent: int | None) -> Settings:
    """Read the settings, set up the logs, and watch the parent, if there is one. Raises SettingsError."""
    from adapters.logging import set_up_logging
    from adapters.settings import Settings

    settings = Settings.load()
    set_up_logging(settings.log, settings.log_level)
    if parent is not None:
        threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()
    return settings


def _watch(parent: int) -> None:
    """A `launchpad run` that was killed stops nobody; so its children look."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
