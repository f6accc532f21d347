"""A mail server for this machine alone: whatever it is given becomes a file, and goes nowhere else."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from adapters.local.ports import free_port

HOST: Final = "127.0.0.1"


def missing() -> str | None:
    """Why there can be none; nothing where there can."""
    return None if find_spec("aiosmtpd") else "no mails: aiosmtpd is not installed (pip install 'launchpad-apps[local]')"


class MailCatcher:
    """Keeps mails in a folder that only this user can read."""

    def __init__(self, folder: Path) -> None:
        from aiosmtpd.controller import Controller  # noqa: PLC0415 - not everybody has it

        self._folder = folder
        self.port = free_port()
        self._controller = Controller(self, hostname=HOST, port=self.port)

    def start(self) -> None:
        """Listen."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more; the files stay."""
        self._controller.stop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's own
        """Take a mail."""
        partial = self._folder / f".{uuid4().hex}"
        partial.touch(mode=0o600)
        partial.write_bytes(envelope.content)
        partial.rename(self._folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid4().hex[:8]}.eml")
        return "250 kept"
