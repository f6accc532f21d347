"""Our log as the library's ProjectionRunner reads it: a stock application, with the two columns more that the dashboard shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Notification

from adapters.postgres.codec import EventCodec, Sealer
from adapters.postgres.mapper import LogMapper
from adapters.postgres.recorder import LogRecorder
from domain.recorded import Recorded


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
