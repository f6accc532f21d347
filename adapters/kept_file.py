"""A secret kept in a file on this machine: made once, whole or not at all, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


class NotKept(Exception):
    """A file that should hold a secret can't be trusted, read or made; the sentence says what to do."""


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """What that file holds; where there is none, it is made. Two processes that start at once get the same. Raises NotKept."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, make())
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise NotKept(f"{path} holds a secret but other users may open it; run: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotKept(f"{path} can't be used: {reason}; give LAUNCHPAD_HOME a folder that this user owns") from error


def kept_or_none(path: Path) -> bytes | None:
    """What that file holds, or None where there is no such file. Raises NotKept."""
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise NotKept(f"{path} holds a secret but other users may open it; run: chmod 600 {path}")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotKept(f"{path} can't be read: {error.strerror or type(error).__name__}") from error


def keep(path: Path, content: bytes) -> None:
    """Keep that in the file from now on: whoever reads it meets the old or the new content, whole, even after a power cut."""
    move(_draft(path, content), path)


def move(source: Path, path: Path) -> None:
    """Give one kept file the name of another, which is gone then: at once, and even after a power cut."""
    source.replace(path)
    _sync(path.parent)


def _create(path: Path, content: bytes) -> None:
    draft = _draft(path, content)
    try:
        # A link appears whole, and fails where a name is taken: whoever comes second reads what the first made.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
        _sync(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: Path) -> None:
    """A name survives a power cut only when its folder was written too."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
