"""The log: what commands load, and where a decided batch is appended, with outcomes and access rows, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from adapters.postgres.batches import BatchAppend
from adapters.postgres.codec import EventCodec, Sealer, UnknownEvent
from adapters.postgres.kept_rows import Kept
from adapters.postgres.loading import SentLoad, load
from adapters.postgres.prepared import roll_back
from commands.ports import Appended, Appending, Batch, Conflict, Loaded, Loading, Log, LogUnavailable
from domain.state import Stream

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

AWAY: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    psycopg.ProgrammingError,
)
"""What says that the server is gone, going, coming, out of connections, not the primary, or not migrated to this version.

None of it is a command's fault: our statements are the same for all of them.
"""
OTHER_ACCESS_VERSION: Final = "LP001"
"""What log.append raises where the database was migrated to another version of the access rows than ours."""


class PostgresLog:
    """The port `Log` on PostgreSQL. Many threads may share one; each call takes a connection of the pool."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], sealer: Sealer) -> None:
        self._pool = pool
        self._codec = EventCodec(sealer)
        self._kept = Kept()

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        """Read streams, outcomes and time, in one query. Raises LogUnavailable."""
        with self._reached() as connection:
            return load(connection, self._codec, self._kept, streams, command_ids)

    def append(self, batch: Batch) -> Appended | Conflict:
        """Append in one transaction, or nothing. Raises LogUnavailable: then outcomes tell what became of it."""
        with self._reached() as connection:
            return BatchAppend(connection, self._codec, self._kept, batch).append()

    def start_load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loading:
        """Ask for the same, on a connection that it keeps until the result is taken. Raises LogUnavailable."""
        return self._started(lambda connection: SentLoad(connection, self._codec, self._kept, streams, command_ids))

    def start_append(self, batch: Batch) -> Appending:
        """Send the batch, on a connection that it keeps until the result is taken. Raises LogUnavailable."""
        return self._started(lambda connection: BatchAppend(connection, self._codec, self._kept, batch).sent())

    def _started(self, send: Callable[[psycopg.Connection[Any]], _Sent[R]]) -> _UnderWay[R]:
        reached = ExitStack()
        connection = reached.enter_context(self._reached())
        with ExitStack() as failing:
            failing.push(reached)
            sent = send(connection)
            failing.pop_all()
        return _UnderWay(sent, reached)

    @contextmanager
    def locked(self) -> Iterator[Log]:
        """A log that holds the append lock until it has appended, once, or until the context ends."""
        with self._reached() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT log.lock()")
            try:
                yield _LockedLog(connection, self._codec, self._kept)
            finally:
                if connection.info.transaction_status is not TransactionStatus.IDLE and not connection.closed:
                    roll_back(connection)

    @contextmanager
    def _reached(self) -> Iterator[psycopg.Connection[Any]]:
        connection = None
        try:
            connection = self._pool.getconn()
            try:
                yield connection
            finally:
                self._pool.putconn(connection)
        except UnknownEvent as newer:  # No fault of the command: it waits for the newer version of this program.
            raise LogUnavailable(str(newer)) from newer
        except psycopg.Error as error:
            self._kept.drop()
            if error.sqlstate == OTHER_ACCESS_VERSION:
                raise LogUnavailable(error.diag.message_primary) from error
            # A connection that breaks under a statement sent by hand raises an error of no class.
            if not isinstance(error, AWAY) and not (connection and connection.closed):
                raise
            self._pool.check()  # After a restart the other connections are dead as well: nobody else need find out one by one.
            raise LogUnavailable(f"the log's database can't be reached: {type(error).__name__}") from error
        except BaseException:
            self._kept.drop()
            raise


class _Sent(Protocol[R_co]):
    """What was sent to the server, and has an answer."""

    def result(self) -> R_co: ...


class _UnderWay(Generic[R]):
    """What was sent, with the connection that it is under way on."""

    def __init__(self, sent: _Sent[R], reached: ExitStack) -> None:
        self._sent, self._reached = sent, reached

    def result(self) -> R:
        with self._reached:
            return self._sent.result()


class _Done(Generic[R]):
    """What is over."""

    def __init__(self, result: R) -> None:
        self._result = result

    def result(self) -> R:
        return self._result


class _LockedLog:
    """The same on one connection, in a transaction that holds the lock."""

    def __init__(self, connection: psycopg.Connection[Any], codec: EventCodec, kept: Kept) -> None:
        self._connection, self._codec, self._kept = connection, codec, kept

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        return load(self._connection, self._codec, self._kept, streams, command_ids)

    def append(self, batch: Batch) -> Appended | Conflict:
        appended = BatchAppend(self._connection, self._codec, self._kept, batch).append()
        if isinstance(appended, Appended):
            self._connection.execute("COMMIT")  # Here, so that whoever is told "appended" can rely on it.
        else:
            roll_back(self._connection)
        return appended

    def start_load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loading:
        return _Done(self.load(streams, command_ids))

    def start_append(self, batch: Batch) -> Appending:
        return _Done(self.append(batch))  # Who holds the lock keeps others waiting: he appends at once.

    def locked(self) -> AbstractContextManager[Log]:
        return nullcontext(self)
