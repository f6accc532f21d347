"""A folder's server has one owner at a time; the lock ends with its owner, even one that was killed."""

import fcntl
import os
from pathlib import Path

from adapters.local import LocalServerError


class Ownership:
    """An exclusive lock on a server's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "owner.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock, or say which process holds it."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode().strip() or "unknown"
            os.close(descriptor)
            raise LocalServerError(f"the server in {self._path.parent} is in use by process {holder}; end that one first") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def give_back(self) -> None:
        """Let another process own the server."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
