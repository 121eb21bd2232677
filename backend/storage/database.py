"""The database file: one connection for all writes, a few that only read, none on the loop.

SQLite before 3.51.3 can corrupt a WAL that several connections write or checkpoint, so exactly
one does. Knows transactions and how they fail; does not know what the tables mean.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from backend.errors import (
    DrawingChatError,
    StorageBusy,
    StorageDamaged,
    StorageFull,
    StorageUnusable,
)
from backend.storage.automatic_backups import copies_in, day_and_time
from backend.storage.connection import (
    ThreadConnection,
    Work,
    as_transaction,
    begin_statements,
    opener,
    uninterrupted,
)
from backend.storage.migrate import migrate

T = TypeVar("T")

FILE_NAME = "drawing-chat.sqlite3"
READERS = 4
#: Longest wait for the write connection, and again for another program's lock on the file.
BUSY_SECONDS = 5.0

_BUSY_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
#: A full disk shows as the second where the WAL's index cannot grow.
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}


class Database:
    """An open database. Made by `Database.open`, ended by `close`."""

    def __init__(self, path: Path, lock_file: int, busy_s: float) -> None:
        self.path = path
        self._lock_file = lock_file
        self._busy_s = busy_s
        self._turn_to_write = asyncio.Lock()
        self._writer = _engine(path, busy_s, read_only=False)
        self._durable_writer = self._writer.execution_options(durable=True)
        self._readers = _engine(path, busy_s, read_only=True)

    @classmethod
    async def open(cls, path: Path, *, busy_s: float = BUSY_SECONDS) -> Database:
        """Create or migrate the file at `path` and open it.

        Raises `StorageUnusable` where the folder is read-only, the file is damaged or newer
        than this program, or another server has it open; `StorageFull` and `StorageBusy`.
        """
        lock_file = await asyncio.to_thread(take_lock, path)
        try:
            with _clear_errors(opening=path):
                await asyncio.to_thread(migrate, path)
            database = cls(path, lock_file, busy_s)
        except BaseException:
            os.close(lock_file)
            raise
        return database

    async def close(self) -> None:
        """End all connections, readers first: the last to go checkpoints the WAL."""
        await self._readers.dispose()
        await self._writer.dispose()
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    async def run_write(self, work: Work[T], *, durable: bool = False) -> T:
        """`work(connection)` as one write transaction, in one visit of the writer's thread.

        For what runs often; `write` is more comfortable. Raises the same errors.
        """
        async with self._writing():
            return await self._visit(
                self._writer, as_transaction(work, read_only=False, durable=durable)
            )

    async def run_read(self, work: Work[T]) -> T:
        """`work(connection)` as one read transaction, in one visit of a reader's thread."""
        return await self._visit(self._readers, as_transaction(work, read_only=True))

    @asynccontextmanager
    async def write(self, durable: bool = False) -> AsyncIterator[AsyncSession]:
        """A write transaction: commits at the end, rolls back on any exception.

        Writes are serialised: do nothing slow inside. With `durable` the commit has reached
        the disk when the block ends (`synchronous=FULL`); without, it survives a crash of the
        program, not of the machine. Raises `StorageBusy` after a bounded wait, `StorageFull`.
        """
        async with self._writing():
            engine = self._durable_writer if durable else self._writer
            async with self._session(engine) as session:
                yield session
                await uninterrupted(session.commit())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A read transaction: one consistent state, in which writing is refused."""
        async with self._session(self._readers) as session:
            yield session

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._busy_s):
                await self._turn_to_write.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            yield
        finally:
            self._turn_to_write.release()

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        with _clear_errors():
            session = AsyncSession(engine, expire_on_commit=False)
            try:
                yield session
            finally:
                # A cancelled caller must not leave its transaction open.
                await uninterrupted(session.close())

    async def _visit(self, engine: AsyncEngine, work: Work[T]) -> T:
        with _clear_errors():
            pooled = await engine.raw_connection()
            try:
                connection = cast(ThreadConnection, pooled.driver_connection)
                return await uninterrupted(connection.visit(work))
            finally:
                pooled.close()


def check_before_start(path: Path) -> None:
    """Create or migrate the file and let it go, so that a server says what is wrong with it
    before it does anything else. Raises what `Database.open` raises."""
    lock_file = take_lock(path)
    try:
        with _clear_errors(opening=path):
            migrate(path)
    finally:
        os.close(lock_file)


def _engine(path: Path, busy_s: float, *, read_only: bool) -> AsyncEngine:
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=opener(path, busy_s, read_only=read_only),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        pool_timeout=busy_s,
        pool_reset_on_return=None,  # every transaction here ends by itself
        hide_parameters=True,  # an error must not carry a question into the log
    )

    def begin(connection: Connection) -> None:
        durable = connection.get_execution_options().get("durable", False)
        for statement in begin_statements(read_only=read_only, durable=durable):
            connection.exec_driver_sql(statement)

    event.listen(engine.sync_engine, "begin", begin)
    return engine


def take_lock(path: Path) -> int:
    """Make the folder of the database and take the lock that one server at a time holds on it.

    The lock lives as long as the returned file descriptor. Raises `StorageUnusable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(error.strerror or "") from None
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise _unwritable("Permission denied")
    except BlockingIOError:
        os.close(lock_file)
        raise StorageUnusable(
            "Another Drawing Chat server uses this data folder. Stop it, or set "
            "DRAWING_CHAT_DATA_FOLDER to another folder."
        ) from None
    except StorageUnusable:
        os.close(lock_file)
        raise
    return lock_file


@contextmanager
def _clear_errors(*, opening: Path | None = None) -> Iterator[None]:
    """Turn what SQLite raises into the project's errors; others pass. `opening`: the file that is
    being opened, whose faults stop the start."""
    try:
        yield
    except DrawingChatError:
        raise
    except PoolTimeout:
        raise _busy() from None
    except (DBAPIError, sqlite3.Error) as error:
        known = _expected(error, opening)
        if known is None:
            raise
        raise known from error


def _expected(error: DBAPIError | sqlite3.Error, opening: Path | None) -> DrawingChatError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None) or 0
    if code & 0xFF in _BUSY_CODES:  # the rest is detail
        return _busy()
    if code in _FULL_CODES:
        return StorageFull(
            "The disk that holds the data folder is full. Free some room and try again."
        )
    if type(cause) is sqlite3.DatabaseError:  # not one of its subclasses
        return _damaged(opening)
    if opening is None:
        return None
    return _unwritable(str(cause)) if isinstance(cause, sqlite3.OperationalError) else None


def _damaged(opening: Path | None) -> StorageDamaged:
    if opening is None:  # a file too large to be checked at the start, or harmed since
        return StorageDamaged(
            "The server's database is damaged. Stop the server; `drawing-chat data restore` then "
            "brings back the newest copy of it."
        )
    told = "The database in the data folder is damaged. "
    if copies := copies_in(opening.parent):
        return StorageDamaged(
            f"{told}`drawing-chat data restore` brings back the copy of "
            f"{day_and_time(copies[0])}; what is there now moves aside."
        )
    return StorageDamaged(
        f"{told}Restore a backup with `drawing-chat data restore FILE.tar`, or move "
        f"{opening.name} away to begin with an empty one."
    )


def _busy() -> StorageBusy:
    return StorageBusy("The database is busy. Try again in a moment.", retry_after_s=2)


def _unwritable(reason: str) -> StorageUnusable:
    return StorageUnusable(
        f"The data folder cannot be written ({reason}). Make it writable, or set "
        "DRAWING_CHAT_DATA_FOLDER to another folder."
    )
