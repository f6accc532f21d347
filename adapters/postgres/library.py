"""The eventsourcing library's persistence module for our log.

With `PERSISTENCE_MODULE=adapters.postgres.library` a stock Application reads it.
"""

from __future__ import annotations

from typing import Any

# The library takes the one factory class that it finds in this module's names, so its own may not be among them.
from eventsourcing import persistence, postgres
from eventsourcing.utils import Environment

from adapters.postgres.mapper import LogMapper
from adapters.postgres.recorder import SCHEMA, LogRecorder


class LogFactory(postgres.PostgresFactory):
    """Builds our recorder and mapper from the library's own variables (POSTGRES_DBNAME and the like)."""

    def __init__(self, env: Environment | dict[str, str] | None) -> None:
        given = env if isinstance(env, Environment) else Environment(env=env)
        given.update({self.ORIGINATOR_ID_TYPE: "text", self.POSTGRES_SCHEMA: SCHEMA, self.CREATE_TABLE: "no"})
        super().__init__(given)

    def application_recorder(self) -> LogRecorder:
        return LogRecorder(self.datastore)

    def mapper(self, *_: Any, **__: Any) -> persistence.Mapper[Any]:  # noqa: ANN401 - the library's transcoder and mapper class
        return LogMapper()
