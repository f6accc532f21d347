"""A log of the mix alone, long enough to follow and to rebuild from."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

from bench.ours import Ours
from bench.stand import Stand

LONG: Final = "long"
SEED: Final = 3
PIECE: Final = 1_000


class Log(NamedTuple):
    """A log that nobody appends to any more."""

    environment: dict[str, str]
    head: int
    apps: int


class LongLog:
    """Made at the first use: owners and a product, then fresh apps alone."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def made(self) -> Log:
        """The log."""
        stand = self._stand
        environment = stand.migrated(LONG)
        stand.say(f"making a log of {stand.scale.log_events:,} events, as commands")
        ours = stand.child(Ours, environment, stand.scale.owners, SEED)
        ours.ask("set_up", 0)
        head = 0
        while head < stand.scale.log_events:
            head = ours.ask("take", PIECE, 100)
        ours.close()
        stand.tidy(LONG)
        return Log(environment, head, self.apps_between(0, head))

    def apps_between(self, after: int, last: int) -> int:
        """How many apps were created there."""
        with self._stand.connect(LONG) as connection:
            found = connection.execute(
                "SELECT count(*) FROM log.events WHERE topic = 'app.created.v1' AND notification_id > %s AND notification_id <= %s",
                [after, last],
            ).fetchone()
        return int(found[0]) if found else 0

    def copy_to(self, database: str, head: int) -> dict[str, str]:
        """Make a database with the log up to that position; returns the environment for it."""
        environment = self._stand.migrated(database)
        with self._stand.connect(LONG) as here, self._stand.connect(database) as there:
            statement = f"COPY (SELECT * FROM log.events WHERE notification_id <= {head:d}) TO STDOUT"
            with here.cursor().copy(statement.encode()) as reading, there.cursor().copy("COPY log.events FROM STDIN") as writing:
                for piece in reading:
                    writing.write(piece)
        return environment
