"""Connections to the SQLite file, each in a thread of its own, and transactions on them.

A transaction is a function of a SQLAlchemy connection and runs in one visit of the thread: the
visit costs more than most statements. Does not know the tables.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine

T = TypeVar("T")
#: Runs in a connection's thread, inside a transaction. Must be fast and free of side effects
#: outside the database.
Work = Callable[[Connection], T]


class ConnectionThreads:
    """Threads that each hold one connection to `path`. Ended by `close`.

    Readers never write and never checkpoint the WAL. `busy_s` bounds the wait for a free thread,
    and again for a lock that another program holds on the file.
    """

    def __init__(self, path: Path, *, threads: int, busy_s: float, read_only: bool) -> None:
        self._engine = _engine(path, busy_s, read_only=read_only)
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self._busy_s = busy_s
        self._free = asyncio.Semaphore(threads)
        name = "database-reader" if read_only else "database-writer"
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._held = threading.local()
        self._connections: list[Connection] = []

    async def run(self, work: Work[T], *, synchronous: str | None = None) -> T:
        """Run `work` as one transaction and commit it; any exception rolls it back.

        `synchronous` sets SQLite's pragma of that name first. A cancelled caller waits for the
        end of the transaction. Raises `TimeoutError` when every thread stays busy.
        """
        async with asyncio.timeout(self._busy_s):
            await self._free.acquire()
        loop = asyncio.get_running_loop()
        try:
            return await _uninterrupted(
                loop.run_in_executor(self._threads, self._transaction, work, synchronous)
            )
        finally:
            self._free.release()

    async def close(self) -> None:
        """End the threads and their connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._engine.dispose()

    def _transaction(self, work: Work[T], synchronous: str | None) -> T:
        connection = self._connection()
        driver = _driver(connection)
        if synchronous is not None:  # cannot be changed inside a transaction
            driver.execute(f"PRAGMA synchronous={synchronous}")
        driver.execute(self._begin)
        try:
            with connection.begin():
                return work(connection)
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def _connection(self) -> Connection:
        """The connection of the current thread, opened on first use."""
        connection: Connection | None = getattr(self._held, "connection", None)
        if connection is None:
            connection = self._held.connection = self._engine.connect()
            self._connections.append(connection)
        return connection


def _engine(path: Path, busy_s: float, *, read_only: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        # Without isolation_level the driver begins no transactions of its own. Connections are
        # closed from another thread.
        connection = sqlite3.connect(
            path, timeout=busy_s, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys=ON")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA wal_autocheckpoint=0")
        else:
            connection.execute("PRAGMA journal_mode=WAL")
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=NullPool,
        hide_parameters=True,  # an error must not carry a question into the log
    )


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 — `_engine` makes no others
    return driver


async def _uninterrupted(future: asyncio.Future[T]) -> T:
    """Await `future` to completion even if cancelled, then re-raise the cancellation."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        if not future.cancelled():
            future.exception()  # retrieved, so that asyncio does not log it
        raise
