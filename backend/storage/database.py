"""The database file: one connection for all writes, a few that only read, none on the loop.

SQLite before 3.51.3 can corrupt a WAL that several connections write or checkpoint, so exactly
one does. Does not know what the tables mean.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from typing import TypeVar

from backend.errors import StorageUnusable
from backend.storage.connection import ConnectionThreads, Work
from backend.storage.database_errors import clear_errors, unwritable
from backend.storage.migrate import migrate

T = TypeVar("T")

FILE_NAME = "drawing-chat.sqlite3"
READERS = 4
#: Longest wait for the write connection, and again for another program's lock on the file.
BUSY_SECONDS = 5.0


class Database:
    """An open database. Made by `Database.open`, ended by `close`."""

    def __init__(self, path: Path, lock_file: int, busy_s: float) -> None:
        self.path = path
        self._lock_file = lock_file
        self._writer = ConnectionThreads(path, threads=1, busy_s=busy_s, read_only=False)
        self._readers = ConnectionThreads(path, threads=READERS, busy_s=busy_s, read_only=True)

    @classmethod
    async def open(cls, path: Path, *, busy_s: float = BUSY_SECONDS) -> Database:
        """Create or migrate the file at `path` and open it.

        Raises `StorageUnusable` if the folder is read-only, the file is damaged or newer than
        this program, or another server has it open; `StorageFull` and `StorageBusy`.
        """
        lock_file = await asyncio.to_thread(take_lock, path)
        try:
            with clear_errors(opening=path):
                await asyncio.to_thread(migrate, path)
            database = cls(path, lock_file, busy_s)
        except BaseException:
            os.close(lock_file)
            raise
        return database

    async def close(self) -> None:
        """Close all connections, readers first: the last one to close checkpoints the WAL."""
        await self._readers.close()
        await self._writer.close()
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    async def write(self, work: Work[T], *, durable: bool = False) -> T:
        """Run `work(connection)` as one write transaction; any exception rolls it back.

        Writes are serialised. With `durable` the commit has reached the disk on return
        (`synchronous=FULL`); without, it survives a crash of the program but not of the machine.
        Raises `StorageBusy` after a bounded wait, `StorageFull`, `StorageDamaged`.
        """
        with clear_errors():
            return await self._writer.run(work, synchronous="FULL" if durable else "NORMAL")

    async def read(self, work: Work[T]) -> T:
        """Run `work(connection)` as one read transaction: a consistent state, no writing.

        Raises `StorageBusy` and `StorageDamaged`.
        """
        with clear_errors():
            return await self._readers.run(work)


def check_before_start(path: Path) -> None:
    """Create or migrate the file and release it again, so that a server reports a problem with
    it before doing anything else. Raises the errors of `Database.open`."""
    lock_file = take_lock(path)
    try:
        with clear_errors(opening=path):
            migrate(path)
    finally:
        os.close(lock_file)


def take_lock(path: Path) -> int:
    """Create the database's folder and take its lock, which one server holds at a time.

    The lock lives as long as the returned file descriptor. Raises `StorageUnusable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(error.strerror or "") from None
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise unwritable("Permission denied")
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
