"""Where the log ends: no position beyond that was ever told to anybody."""

from __future__ import annotations

from typing import Final, LiteralString, NamedTuple

from readmodels.question import Question

_HEAD: Final[LiteralString] = "SELECT coalesce(max(notification_id), 0) AS position FROM log.events"


class Head(NamedTuple):
    """The log's last position; 0 where it is empty."""

    position: int


def head_of_log() -> Question[Head]:
    """Ask where the log ends; always one row, read from an index."""
    return Question(_HEAD, Head)
