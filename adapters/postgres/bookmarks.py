"""How far a follower has come: kept beside the rows it speaks of, and told to whoever waits for his own write."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import psycopg

from adapters.postgres.stopped import BookmarkMoved

MOVED_CHANNEL: Final = "launchpad_following"
"""Notified with `<read model> <version> <position>` when a bookmark has moved."""

_FIND: Final = "SELECT position FROM following.bookmark WHERE read_model = %s AND version = %s"
_MAKE: Final = "INSERT INTO following.bookmark (read_model, version, position) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING"
_MOVE: Final = """
    WITH moved AS (
        UPDATE following.bookmark SET position = %(to)s, moved_at = clock_timestamp()
        WHERE read_model = %(name)s AND version = %(version)s AND position = %(since)s
        RETURNING position
    )
    SELECT pg_notify(%(channel)s, concat_ws(' ', %(name)s::text, %(version)s::text, position::text)) FROM moved
"""
_LAG: Final = """
    SELECT
        bookmark.position,
        head.position,
        coalesce(
            (
                SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 FROM log.events
                WHERE notification_id > coalesce(bookmark.position, 0) ORDER BY notification_id LIMIT 1
            ), 0
        )
    FROM (SELECT coalesce(max(notification_id), 0) AS position FROM log.events) AS head
    LEFT JOIN following.bookmark ON read_model = %s AND version = %s
"""


class Lag(NamedTuple):
    """How far a follower is behind the log, by the database's clock."""

    position: int
    head: int
    seconds: float
    """The age of the first event that it has not taken; 0 where there is none."""

    @property
    def events(self) -> int:
        """How many events it has not taken yet."""
        return self.head - self.position


class Bookmark(NamedTuple):
    """The bookmark of one follower: a read model or a feed, in one version."""

    name: str
    version: int

    @property
    def text(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    def find(self, connection: psycopg.Connection[Any]) -> int:
        """Where it lies; a new one lies before the first event."""
        found = connection.execute(_FIND, [self.name, self.version]).fetchone()
        if found is None:
            connection.execute(_MAKE, [self.name, self.version])
            return self.find(connection)
        position: int = found[0]
        return position

    def move(self, connection: psycopg.Connection[Any], since: int, to: int) -> None:
        """Move it, in the transaction that writes the rows. Raises BookmarkMoved unless it lies where it is thought to lie."""
        values = {"name": self.name, "version": self.version, "since": since, "to": to, "channel": MOVED_CHANNEL}
        if connection.execute(_MOVE, values).fetchone() is None:
            raise BookmarkMoved(f"the bookmark of {self.text} does not lie at {since} any more")

    def lag(self, connection: psycopg.Connection[Any]) -> Lag:
        """How far it is behind the log."""
        position, head, seconds = connection.execute(_LAG, [self.name, self.version]).fetchone() or (0, 0, 0.0)
        return Lag(position or 0, head, seconds)
