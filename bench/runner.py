"""The rival that follows: the library's ProjectionRunner reads OUR log and writes the same tables with our folds, event by event."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Notification, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner
from psycopg.sql import SQL, Composed, Identifier, Placeholder
from psycopg.types.json import Jsonb

from adapters.compose import Launchpad
from adapters.postgres.codec import EventCodec, Sealer
from adapters.postgres.mapper import LogMapper
from adapters.postgres.recorder import LogRecorder
from adapters.settings import Settings
from bench.library import environment
from domain.recorded import Recorded
from domain.stored_names import EVENT_NAMES
from projections.dashboard import DASHBOARD
from projections.projection import Projection

POLL_SECONDS: Final = 0.002
FOLDED: Final = tuple(sorted({EVENT_NAMES[event] for projection in DASHBOARD.projections for event in projection.events}))
"""The events that the dashboard is made of: the runner is spared the others, as ours is."""


@dataclass(frozen=True)
class Followed(Notification):
    """What the library reads of an event, and two columns more, which the dashboard shows."""

    recorded_at: datetime
    app_id: UUID | None


class FollowedRecorder(LogRecorder):
    """Reads the two columns in the same statement: the rival shall not need a second one."""

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """As the library's own, for the one way in which a subscription calls it."""
        if stop is not None or inclusive_of_start:
            raise NotImplementedError
        statement = "SELECT * FROM log.events WHERE notification_id > %s AND topic = ANY(%s) ORDER BY notification_id LIMIT %s"
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(statement, [start, list(topics), limit], prepare=True)
            return [
                Followed(
                    id=row["notification_id"],
                    originator_id=row["originator_id"],
                    originator_version=row["originator_version"],
                    topic=row["topic"],
                    state=bytes(row["state"]),
                    recorded_at=row["recorded_at"],
                    app_id=row["app_id"],
                )
                for row in cursor.fetchall()
            ]


class FollowedMapper(LogMapper):
    """Ours, and the two columns more."""

    def __init__(self, sealer: Sealer) -> None:
        super().__init__()
        self._codec = EventCodec(sealer)

    def to_domain_event(self, stored_event: Any) -> Any:  # noqa: ANN401 - as the library has it
        event = self._codec.decode(stored_event.originator_id, stored_event.topic, stored_event.state)
        place = (stored_event.id, stored_event.originator_id, stored_event.originator_version)
        return Recorded(*place, stored_event.recorded_at, stored_event.app_id, event)


class Log(Application[str]):
    """A stock application over our log."""

    sealer: Sealer

    def construct_recorder(self) -> FollowedRecorder:
        return FollowedRecorder(self.factory.datastore)  # type: ignore[attr-defined] # PostgreSQL's factory has one

    def construct_mapper(self) -> FollowedMapper:
        return FollowedMapper(self.sealer)


class Rows(PostgresTrackingRecorder):
    """The view: reads and writes rows of the dashboard's tables, in the transaction that tracks the event."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(*arguments, **named)
        self._select = {projection.name: _select(projection) for projection in DASHBOARD.projections}
        self._upsert = {projection.name: _upsert(projection) for projection in DASHBOARD.projections}

    def fold(self, recorded: Recorded, tracking: Tracking) -> None:
        """Fold one event into the rows that it touches."""
        with self.datastore.transaction(commit=True) as cursor:
            for projection in DASHBOARD.projections:
                if type(recorded.event) not in projection.events:
                    continue
                for key in projection.keys(recorded):
                    cursor.execute(self._select[projection.name], key if isinstance(key, tuple) else (key,), prepare=True)
                    found = cursor.fetchone()
                    row = projection.fold(None if found is None else projection.row(**found), recorded)
                    cursor.execute(self._upsert[projection.name], [_adapted(value) for value in row], prepare=True)
            self._insert_tracking(cursor, tracking)


class Dashboard(LibraryProjection[Rows]):
    """The projection: every event that the dashboard is made of goes to the view."""

    name = "dashboard"
    topics = FOLDED

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - as the library has it
        self.view.fold(domain_event, tracking)


class Runner:
    """Runs it, in a process of its own. The log lies in one database, the rows in another."""

    def __init__(self, ours: Mapping[str, str], rows_url: str) -> None:
        settings = Settings.load(ours)
        self._launchpad = Launchpad(settings)
        Log.sealer = self._launchpad.vault.personal_data
        log = {f"LOG_{name}": value for name, value in environment(settings.database).items()}
        log["LOG_PERSISTENCE_MODULE"] = "adapters.postgres.library"
        rows = {f"DASHBOARD_{name}": value for name, value in environment(rows_url).items()}
        self._environment = log | rows
        self._runner: ProjectionRunner[Log, Rows] | None = None

    def follow(self, seconds: float) -> tuple[int, int, float]:
        """Follow for so long, from where it was; returns where it began, where it ended, and the seconds in between."""
        with self._started() as runner:
            first = before = self._position(runner)
            while before == first and not runner.is_interrupted.wait(POLL_SECONDS):  # Until it runs: to start is not its work.
                before = self._position(runner)
            begun = time.perf_counter()
            runner.run_forever(seconds)
            after, ended = self._position(runner), time.perf_counter()
        return before, after, ended - begun

    def position(self) -> int:
        """Where it is: it stands still between measurements."""
        with self._started(topics=("none",)) as runner:
            return self._position(runner)

    def start(self, head: int) -> None:
        """Follow until `stop`; returns once it has come to the head."""
        runner = self._runner = self._started().__enter__()
        while self._position(runner) < head:
            runner.run_forever(POLL_SECONDS)

    def stop(self) -> None:
        """Stop following."""
        if self._runner is not None:
            self._runner.__exit__(None, None, None)
            self._runner = None

    def close(self) -> None:
        """Stop, and give back connections."""
        self.stop()
        self._launchpad.close()

    def _started(self, topics: tuple[str, ...] = FOLDED) -> ProjectionRunner[Log, Rows]:
        Dashboard.topics = topics
        return ProjectionRunner(application_class=Log, projection_class=Dashboard, view_class=Rows, env=self._environment)

    @staticmethod
    def _position(runner: ProjectionRunner[Log, Rows]) -> int:
        return runner.view.max_tracking_id(runner.app_name) or 0


def _select(projection: Projection) -> Composed:
    fields, keys = projection.row._fields, _keys(projection)
    ids = {field for field in fields if field.endswith("_id") and field != "client_id"} | {"replaces"}
    shown = [SQL("{0}::text AS {0}" if field in ids else "{0}").format(Identifier(field)) for field in fields]
    where = SQL(" AND ").join(SQL("{} = {}").format(Identifier(key), Placeholder()) for key in keys)
    return SQL("SELECT {} FROM dashboard.{} WHERE {}").format(SQL(", ").join(shown), Identifier(projection.name), where)


def _upsert(projection: Projection) -> Composed:
    fields, keys = projection.row._fields, _keys(projection)
    return SQL("INSERT INTO dashboard.{} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
        Identifier(projection.name),
        SQL(", ").join(map(Identifier, fields)),
        SQL(", ").join(Placeholder() * len(fields)),
        SQL(", ").join(map(Identifier, keys)),
        SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(field)) for field in fields if field not in keys),
    )


def _keys(projection: Projection) -> tuple[str, ...]:
    """The primary key's columns, which come first in every row."""
    two = projection.name in {"owner", "subscription"}
    return tuple(projection.row._fields[: 2 if two else 1])


def _adapted(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict | list | tuple) else value
