"""One SQLite connection in a thread of its own, which runs a whole transaction in one visit.

A visit of the thread costs more than most statements: what runs for every question and every
batch of events goes there once, as a function, not once for each statement. Knows SQLite and
aiosqlite; not the tables.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")
#: Runs in the connection's thread, inside a transaction; fast, and without side effects elsewhere.
Work = Callable[[sqlite3.Connection], T]


class ThreadConnection(aiosqlite.Connection):
    """An aiosqlite connection that takes whole functions."""

    async def visit(self, work: Work[T]) -> T:
        """Run `work(connection)` in the thread."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


def opener(
    path: Path, busy_s: float, *, read_only: bool
) -> Callable[[], Awaitable[ThreadConnection]]:
    """What opens connections to `path`: a writer, or readers that never write or checkpoint."""

    def connect() -> sqlite3.Connection:
        # BEGIN is ours, so isolation_level None.
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
        connection.execute("PRAGMA foreign_keys=ON")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA wal_autocheckpoint=0")
        else:
            connection.execute("PRAGMA journal_mode=WAL")
        return connection

    async def open_connection() -> ThreadConnection:
        connection = ThreadConnection(connect, iter_chunk_size=64)
        connection._thread.daemon = True  # as SQLAlchemy does: no hang where a close is missed
        await connection
        return connection

    return open_connection


def begin_statements(*, read_only: bool, durable: bool) -> tuple[str, ...]:
    """What begins a transaction. `synchronous` cannot be changed inside one."""
    if read_only:
        return ("BEGIN",)
    return (f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}", "BEGIN IMMEDIATE")


def as_transaction(work: Work[T], *, read_only: bool, durable: bool = False) -> Work[T]:
    """`work` between BEGIN and COMMIT; rolled back on any exception."""

    def run(connection: sqlite3.Connection) -> T:
        for statement in begin_statements(read_only=read_only, durable=durable):
            connection.execute(statement)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return result

    return run


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end even when the caller is cancelled, which is told afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # nobody is left to hear of it
        raise
