"""The disk usage of a data folder, and its cleanup. Synchronous; for the command line."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from backend.errors import StorageUnusable
from backend.storage.backup import BLOBS
from backend.storage.database import FILE_NAME, take_lock

#: Folders whose content is recreated when needed.
CACHES = ("cache", "spool", "scratch")


@dataclass(frozen=True, slots=True)
class Usage:
    """Row counts, and bytes on disk."""

    drawings: int
    conversations: int
    messages: int
    database_bytes: int
    blob_bytes: int
    cache_bytes: int
    other_bytes: int


def usage_of(data_folder: Path) -> Usage:
    """Count and measure, even while the server runs. Raises `StorageUnusable`."""
    path = data_folder / FILE_NAME
    if not path.is_file():
        raise StorageUnusable(f"There is no database in {data_folder}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            drawings, conversations, messages = (
                int(database.execute(query).fetchone()[0])
                for query in (
                    "SELECT count(*) FROM drawings",
                    "SELECT count(*) FROM conversations",
                    "SELECT count(*) FROM messages",
                )
            )
    except sqlite3.Error as error:
        raise StorageUnusable(f"The database cannot be read ({error}).") from None
    database_bytes = sum(_bytes(file) for file in data_folder.glob(f"{FILE_NAME}*"))
    blob_bytes = _bytes(data_folder / BLOBS)
    cache_bytes = sum(_bytes(data_folder / name) for name in CACHES)
    everything = _bytes(data_folder)
    return Usage(
        drawings,
        conversations,
        messages,
        database_bytes,
        blob_bytes,
        cache_bytes,
        everything - database_bytes - blob_bytes - cache_bytes,
    )


def clean(data_folder: Path) -> int:
    """Delete caches and unused files and compact the database; returns the bytes freed.

    Raises `StorageUnusable` while the server runs.
    """
    path = data_folder / FILE_NAME
    if not path.is_file():
        raise StorageUnusable(f"There is no database in {data_folder}.")
    lock = take_lock(path)
    try:
        before = _bytes(data_folder)
        with closing(sqlite3.connect(path)) as database:
            used = {row[0] for row in database.execute("SELECT DISTINCT sha256 FROM drawings")}
            database.execute("VACUUM")
        for name in CACHES:
            shutil.rmtree(data_folder / name, ignore_errors=True)
        for folder in (data_folder / BLOBS, data_folder / "derived"):
            for file in folder.rglob("*"):
                if file.is_file() and file.name.partition(".")[0] not in used:
                    file.unlink()
        return before - _bytes(data_folder)
    except sqlite3.Error as error:
        raise StorageUnusable(f"The database cannot be read ({error}).") from None
    finally:
        os.close(lock)


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
