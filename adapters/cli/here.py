"""The settings of this command line: the environment's, and beside a `launchpad run` the addresses of what that one started."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from adapters.cli.told import Told
from adapters.settings import Settings

RUNNING_FILE: Final = "running.json"
LOCK_FILE: Final = "run.lock"


def settings_here() -> Settings:
    """Read the environment; what it leaves open is taken from the `launchpad run` of the same LAUNCHPAD_HOME. Raises SettingsError."""
    settings = Settings.load()
    running = running_in(settings.home)
    if settings.database_url is not None or running is None:
        return settings
    return settings.but(**{name: value for name, value in running.items() if name not in settings.model_fields_set})


def running_in(home: Path) -> dict[str, Any] | None:
    """What a `launchpad run` that lives has noted in that folder: fields of the settings."""
    try:
        descriptor = os.open(home / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # Nobody holds it: what was noted is of one who was killed.
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
    try:
        noted: dict[str, Any] = json.loads((home / RUNNING_FILE).read_text())
    except (OSError, ValueError):
        return None  # It is on its way up or down.
    return noted


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Be the only `launchpad run` in that folder. Raises Told."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Told(f"{home} can't be used: {error.strerror}", "give LAUNCHPAD_HOME a folder that this user owns") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        address = (running_in(home) or {}).get("http")
        at = f" at http://{address}" if address else ", and on its way up or down"
        raise Told(f"launchpad run is running already{at}", f"(it keeps {home}; another one needs another LAUNCHPAD_HOME)") from None
    try:
        yield
    finally:
        (home / RUNNING_FILE).unlink(missing_ok=True)
        os.close(descriptor)


def note_running(settings: Settings) -> None:
    """Note for other command lines where everything is. Readable by this user alone: the addresses hold passwords."""
    noted = {
        "database_url": settings.database_url,
        "vault_url": settings.vault_url,
        "http": str(settings.http),
        "local_issuer": settings.local_issuer,
        "kafka": ",".join(settings.kafka),
    }
    draft = settings.home / f".{RUNNING_FILE}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({name: value for name, value in noted.items() if value}, file)
    draft.rename(settings.home / RUNNING_FILE)
