"""Credentials in the history of a git repository: in every version of every file that any ref leads to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final, NamedTuple, cast

from adapters.cli.leak_places import Looked, Unread, shown, sightings
from adapters.cli.told import MISUSED, Told

OF_CALLER: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""In a hook they name the hook's repository, whatever path we are given."""
QUIETLY: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
"""Nothing is fetched, nothing is hidden by what stands in for it, nothing is written."""
# No commit before its parents, whatever their clocks said, and after each what it brought: so each version of a file is told with the
# commit that it came with.
LIST: Final = ("rev-list", "--objects", "--in-commit-order", "--topo-order", "--reverse", "--all")
MESSAGES: Final = {"commit": "(the commit's message)", "tag": "(the tag's message)"}
PIECE_BYTES: Final = 1024 * 1024


class _Listed(NamedTuple):
    commit: str
    name: str


def in_history(repository: str) -> Looked:
    """Look into each version of each file, and into the messages of commits and tags. Raises Told where there is no repository."""
    with tempfile.TemporaryFile() as said, _git(repository, LIST, stderr=said) as lister:
        with _git(repository, ("cat-file", "--batch", "--buffer"), stdin=subprocess.PIPE) as reader:
            listed: deque[_Listed] = deque()
            feeder = threading.Thread(target=_feed, args=(lister, reader, listed), name="git objects", daemon=True)
            feeder.start()
            yield from _contents(_out(reader), listed)
            feeder.join()
        if lister.wait() != 0:
            said.seek(0)
            reason = said.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise Told(f"{shown(repository)}: {shown(reason)}", "give the folder of a git repository", code=MISUSED)
        if listed:
            yield Unread(shown(repository), f"git stopped {len(listed)} objects before the end")


def is_shallow(repository: str) -> bool:
    """Whether older history is missing here."""
    with _git(repository, ("rev-parse", "--is-shallow-repository")) as asked:
        return _out(asked).read().strip() == b"true"


def _feed(lister: subprocess.Popen[bytes], reader: subprocess.Popen[bytes], listed: deque[_Listed]) -> None:
    """Hand every object that is listed to the reader."""
    commit = ""
    into = cast("IO[bytes]", reader.stdin)
    with suppress(BrokenPipeError, ValueError), into:  # Somebody has seen enough, and both were ended.
        for line in _out(lister):
            id_, space, name = line.rstrip(b"\n").partition(b" ")
            if not space:
                commit = id_.decode()
            listed.append(_Listed(commit, name.decode(errors="replace")))
            into.write(id_ + b"\n")


def _contents(out: IO[bytes], listed: deque[_Listed]) -> Looked:
    while header := out.readline():
        commit, name = listed.popleft()
        id_, kind, *size = header.decode().split()
        if not size:
            yield Unread(shown(name or id_), "git has it not here (a partial clone?)")
            continue
        content = _Content(out, int(size[0]))
        if kind != "tree":
            yield from sightings(content, shown(MESSAGES.get(kind, name)), commit)
        while content.read(PIECE_BYTES):
            pass
        out.read(1)  # The line break behind it.


class _Content:
    """The next bytes of a stream, as a stream of their own."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int, /) -> bytes:
        read = self._stream.read(min(size, self._left))
        self._left = self._left - len(read) if read else 0
        return read


@contextmanager
def _git(
    repository: str, arguments: tuple[str, ...], *, stdin: int = subprocess.DEVNULL, stderr: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    git = shutil.which("git")
    if git is None:
        raise Told("git is not installed: the history of a repository is read through it", code=MISUSED)
    environ = {name: value for name, value in os.environ.items() if name not in OF_CALLER} | QUIETLY
    with subprocess.Popen(  # noqa: S603 - git itself, with arguments of ours
        [git, "-C", repository, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=environ
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # Where somebody has seen enough; one that has ended does not mind.


def _out(process: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", process.stdout)
