"""Automatic copies of the database in the data folder, to recover from damage.

The drawings' files need no copies: each is written once and named by its hash.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

logger = logging.getLogger(__name__)

FOLDER = "copies"
KEPT = 4
#: Between two copies. A crash loop must not displace the good ones.
EVERY_SECONDS = 6 * 3600
#: Between two checks for a due copy, so that the first rows soon have one.
LOOK_SECONDS = 600
_NAME = re.compile(r"\d{8}-\d{6}\.sqlite3")


def copies_in(data_folder: Path) -> list[Path]:
    """The copies of a data folder's database, newest first."""
    folder = data_folder / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in found if _NAME.fullmatch(path.name)), reverse=True)


def day_and_time(copy: Path) -> str:
    """The time of a copy, by the server's clock: `2026-11-21 14:05`."""
    made = time.strptime(copy.stem, "%Y%m%d-%H%M%S")
    return time.strftime("%Y-%m-%d %H:%M", made)


def copy_if_due(database: Path) -> Path | None:
    """Make a copy if the newest is old and the database is not empty; returns it, or None.

    A server may have the database open. The copy is checked page by page before it is kept.
    Raises `OSError` and `sqlite3.Error`; the older copies are then unchanged.
    """
    kept = copies_in(database.parent)
    if kept and 0 <= time.time() - kept[0].stat().st_mtime < EVERY_SECONDS:
        return None
    # The connection only reads: it must not checkpoint the server's WAL.
    reader = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    with closing(reader):
        if not any(
            reader.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]  # noqa: S608
            for table in ("conversations", "drawings")
        ):
            return None
        return _copy(reader, database.parent / FOLDER)


def _copy(reader: sqlite3.Connection, folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / time.strftime("%Y%m%d-%H%M%S.sqlite3")
    unfinished = folder / "unfinished"
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(unfinished)) as writer:
            unfinished.chmod(0o600)
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL beside it
            found = writer.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    for old in copies_in(folder.parent)[KEPT:]:
        old.unlink()
    return target


async def keep_copies(database: Path) -> None:
    """Make copies when they are due, until cancelled. Failures are logged and retried."""
    while True:
        try:
            await asyncio.to_thread(copy_if_due, database)
        except (OSError, sqlite3.Error) as error:
            logger.warning("No copy of the database could be made: %s", error)
        await asyncio.sleep(LOOK_SECONDS)
