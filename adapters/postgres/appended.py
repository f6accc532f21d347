"""What commands have done: an accepted one may have changed nothing, and the log tells which did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import psycopg

_LAST_EVENTS: Final = "SELECT command_id, originator_version FROM log.events WHERE notification_id = ANY (%s) AND command_id IS NOT NULL"


def what_was_done(connection: psycopg.Connection[Any], positions: Sequence[int]) -> Mapping[UUID, int]:
    """Of accepted commands, by the positions of their outcomes: which have recorded an event, and the stream's version after the last.

    The outcome's position is the command's own last event, or, where it changed nothing, somebody else's before it.
    """
    return dict(connection.execute(_LAST_EVENTS, [list(positions)]).fetchall())
