"""The log: what commands load, and where a decided batch is appended, with outcomes and access rows, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from adapters.postgres.access_rows import Kept
from adapters.postgres.batches import BatchAppend
from adapters.postgres.codec import EventCodec, Sealer
from adapters.postgres.loading import load
from commands.ports import Appended, Batch, Conflict, Loaded, Log, LogUnavailable
from domain.state import Stream

AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout)
"""What says that the server is gone, going, coming, out of connections, or not the primary."""


APPENDS_AT_ONCE_MAX: Final = 8
"""Each executor has one append under way; the lock in the database lets one through at a time anyway."""


class PostgresLog:
    """The port `Log` on PostgreSQL. Many threads may share one; each call takes a connection of the pool."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], sealer: Sealer) -> None:
        self._pool = pool
        self._codec = EventCodec(sealer)
        self._kept = Kept()
        self._appending = ThreadPoolExecutor(APPENDS_AT_ONCE_MAX, thread_name_prefix="append")

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        """Read streams, outcomes and time, in one query. Raises LogUnavailable."""
        with self._reached() as connection:
            return load(connection, self._codec, self._kept, streams, command_ids)

    def append(self, batch: Batch) -> Appended | Conflict:
        """Append in one transaction, or nothing. Raises LogUnavailable: then outcomes tell what became of it."""
        with self._reached() as connection:
            return BatchAppend(connection, self._codec, self._kept, batch).append()

    def start_append(self, batch: Batch) -> Future[Appended | Conflict]:
        """Append in another thread: the server works while the caller decides what comes next."""
        return self._appending.submit(self.append, batch)

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
                    connection.execute("ROLLBACK")

    @contextmanager
    def _reached(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except AWAY as error:
            self._kept.drop()
            raise LogUnavailable(f"the log's database can't be reached: {type(error).__name__}") from error
        except BaseException:
            self._kept.drop()
            raise


class _LockedLog:
    """The same on one connection, in a transaction that holds the lock."""

    def __init__(self, connection: psycopg.Connection[Any], codec: EventCodec, kept: Kept) -> None:
        self._connection, self._codec, self._kept = connection, codec, kept

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        return load(self._connection, self._codec, self._kept, streams, command_ids)

    def append(self, batch: Batch) -> Appended | Conflict:
        appended = BatchAppend(self._connection, self._codec, self._kept, batch).append()
        # Committed here, so that whoever is told "appended" can rely on it.
        self._connection.execute("COMMIT" if isinstance(appended, Appended) else "ROLLBACK")
        return appended

    def start_append(self, batch: Batch) -> Future[Appended | Conflict]:
        future: Future[Appended | Conflict] = Future()
        future.set_result(self.append(batch))
        return future

    def locked(self) -> AbstractContextManager[Log]:
        return nullcontext(self)
