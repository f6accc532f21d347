"""Access rows kept between appends, so that a busy stream's are not read again and again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from threading import Lock
from typing import Final

from adapters.postgres.access_rows import Rows
from domain.state import Stream

STREAMS_KEPT_MAX: Final = 5_000
"""Some 5 MB of rows. A stream that is no longer here costs its next append a look-up."""


class Kept:
    """Rows kept between appends, each as of its stream's version. Safe among threads: what is kept is never changed, only replaced."""

    def __init__(self) -> None:
        self._rows: dict[Stream, tuple[int, Rows]] = {}
        self._lock = Lock()

    def at(self, stream: Stream, version: int) -> Rows | None:
        """The rows that the stream had at that version; none where they are not known."""
        if version == 0:
            return {}
        kept = self._rows.get(stream)
        return kept[1] if kept is not None and kept[0] == version else None

    def keep(self, rows: Mapping[Stream, tuple[int, Rows]]) -> None:
        """Remember the rows of streams at these versions; what was kept longest ago goes."""
        with self._lock:
            for stream in rows:
                self._rows.pop(stream, None)
            self._rows.update(rows)
            for stream in list(islice(self._rows, max(0, len(self._rows) - STREAMS_KEPT_MAX))):
                del self._rows[stream]

    def drop(self) -> None:
        """Forget all rows."""
        with self._lock:
            self._rows = {}
