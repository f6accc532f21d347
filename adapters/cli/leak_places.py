"""Where credentials are looked for: a text, files, folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from launchpad_client.scanning import Found, Readable, scan

GIT: Final = ".git"
"""What git keeps is packed: its history is read through git itself."""
ARGUMENT, STANDARD_INPUT = "the argument", "standard input"


class Place(NamedTuple):
    """Where a credential was found."""

    name: str
    """A file's path, as far as a terminal can show it."""
    line: int
    offset: int
    commit: str | None = None
    """The first commit that holds it there."""

    def __str__(self) -> str:
        where = f"{self.name}:{self.line}"
        return where if self.commit is None else f"{where} in {self.commit[:12]}"


class Sighting(NamedTuple):
    """A credential at one place."""

    found: Found
    place: Place


class Unread(NamedTuple):
    """What could not be looked at, and why."""

    name: str
    reason: str


Looked = Iterator[Sighting | Unread]


def in_text(text: str) -> Looked:
    """Look into what was given on the command line; - stands for standard input."""
    if text == "-":
        yield from sightings(sys.stdin.buffer, STANDARD_INPUT)
    else:
        yield from (Sighting(found, Place(ARGUMENT, found.line, found.offset)) for found in scan(text))


def in_files(paths: Iterable[str]) -> Looked:
    """Look into files, and into every file below a folder but what git keeps. Links inside a folder are not followed."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - a path's own bytes, whatever they are
            yield from _in_folder(path)
        else:
            yield from _in_file(path)


def _in_folder(folder: str) -> Looked:
    unread: list[Unread] = []
    for parent, folders, files in os.walk(folder, onerror=lambda error: unread.append(_unread(str(error.filename), error))):
        folders[:] = sorted(name for name in folders if name != GIT)
        for name in sorted(files):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():  # No pipe, no device: reading one may never end.
                yield from _in_file(str(path))
    yield from unread


def _in_file(path: str) -> Looked:
    try:
        with Path(path).open("rb") as file:
            yield from sightings(file, shown(path))
    except OSError as error:
        yield _unread(path, error)


def sightings(stream: Readable, name: str, commit: str | None = None) -> Iterator[Sighting]:
    """Every credential in that stream."""
    for found in scan(stream):
        yield Sighting(found, Place(name, found.line, found.offset, commit))


def shown(name: str) -> str:
    """A file's name as a terminal may show it: somebody else has chosen it, perhaps with a credential in it."""
    for found in sorted(scan(name), key=lambda found: -len(found.text)):
        name = name.replace(found.text, found.credential.masked)
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _unread(path: str, error: OSError) -> Unread:
    return Unread(shown(path), error.strerror or type(error).__name__)
