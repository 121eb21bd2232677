"""Errors of SQLite as the project's own: busy, full, damaged, not writable."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from backend.errors import (
    DrawingChatError,
    StorageBusy,
    StorageDamaged,
    StorageFull,
    StorageUnusable,
)
from backend.storage.automatic_backups import copies_in, day_and_time

_BUSY_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
#: SQLite reports a full disk as the second one when the WAL index cannot grow.
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}


@contextmanager
def clear_errors(*, opening: Path | None = None) -> Iterator[None]:
    """Raise the project's errors for those of SQLite; other exceptions pass.

    `opening` is the file being opened at the start of the server, if any.
    """
    try:
        yield
    except DrawingChatError:
        raise
    except TimeoutError:  # every connection stayed in use
        raise _busy() from None
    except (DBAPIError, sqlite3.Error) as error:
        translated = _translated(error, opening)
        if translated is None:
            raise
        raise translated from error


def _translated(error: DBAPIError | sqlite3.Error, opening: Path | None) -> DrawingChatError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None) or 0
    if code & 0xFF in _BUSY_CODES:  # the higher bits are details
        return _busy()
    if code in _FULL_CODES:
        return StorageFull(
            "The disk that holds the data folder is full. Free some space and try again."
        )
    if type(cause) is sqlite3.DatabaseError:  # not one of its subclasses
        return _damaged(opening)
    if opening is None:
        return None
    return unwritable(str(cause)) if isinstance(cause, sqlite3.OperationalError) else None


def _damaged(opening: Path | None) -> StorageDamaged:
    if opening is None:  # too large for the check at the start, or damaged since
        return StorageDamaged(
            "The server's database is damaged. Stop the server and run `drawing-chat data "
            "restore` to return to the newest copy."
        )
    problem = "The database in the data folder is damaged. "
    if copies := copies_in(opening.parent):
        return StorageDamaged(
            f"{problem}Run `drawing-chat data restore` to return to the copy of "
            f"{day_and_time(copies[0])}; the current files are moved aside."
        )
    return StorageDamaged(
        f"{problem}Restore a backup with `drawing-chat data restore FILE.tar`, or move "
        f"{opening.name} away to start with an empty database."
    )


def _busy() -> StorageBusy:
    return StorageBusy("The database is busy. Try again in a moment.", retry_after_s=2)


def unwritable(reason: str) -> StorageUnusable:
    return StorageUnusable(
        f"The data folder cannot be written ({reason}). Make it writable, or set "
        "DRAWING_CHAT_DATA_FOLDER to another folder."
    )
