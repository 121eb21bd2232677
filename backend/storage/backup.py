"""Backup and restore of a data folder: database and uploaded files in one tar archive, or the
database alone from an automatic copy.

Backups work while the server runs. A restored archive is checked, every file against its hash,
before anything in the folder is changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from backend.errors import StorageUnusable
from backend.storage.automatic_backups import copies_in
from backend.storage.database import FILE_NAME, take_lock
from backend.storage.migrate import migrate

BLOBS = "blobs"
_DATABASE = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")
_MEMBER = re.compile(rf"{re.escape(FILE_NAME)}|{BLOBS}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")


def back_up(data_folder: Path, target: Path) -> int:
    """Write the archive `target`; returns the number of drawings in it.

    Raises `StorageUnusable` if there is no database, or `target` exists or cannot be written.
    """
    if not (data_folder / FILE_NAME).is_file():
        raise StorageUnusable(f"There is no database in {data_folder}.")
    if target.exists():
        raise StorageUnusable(f"{target} already exists. Choose another name.")
    unfinished = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / FILE_NAME
            _copy_database(data_folder, copy)
            with tarfile.open(unfinished, "w") as archive:
                archive.add(copy, FILE_NAME)
                count = 0
                for name in _blobs_of(copy):
                    if (data_folder / name).is_file():  # else deleted since
                        archive.add(data_folder / name, name)
                        count += 1
        os.replace(unfinished, target)
    except OSError as error:
        raise StorageUnusable(f"{target} cannot be written ({error.strerror}).") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def restore(data_folder: Path, source: Path) -> Path | None:
    """Replace the data folder's content by the archive's; the old files move to the returned
    folder.

    Raises `StorageUnusable` if the server runs or the archive is damaged; the folder is then
    unchanged.
    """
    lock = take_lock(data_folder / FILE_NAME)
    try:
        with tempfile.TemporaryDirectory(dir=data_folder, prefix="restore-") as folder:
            fresh = Path(folder)
            with _clear(source):
                _extract(source, fresh)
                migrate(fresh / FILE_NAME)
            return _swap(data_folder, fresh, (*_DATABASE, BLOBS))
    finally:
        os.close(lock)


def restore_copy(data_folder: Path) -> tuple[Path, Path | None]:
    """Replace the database by its newest automatic copy; returns the copy, and the folder with
    the old database. The uploaded files stay.

    Raises `StorageUnusable` if the server runs or no readable copy exists.
    """
    lock = take_lock(data_folder / FILE_NAME)
    try:
        copies = copies_in(data_folder)
        if not copies:
            raise StorageUnusable(
                f"There is no automatic copy in {data_folder} yet. Restore a backup: "
                "`drawing-chat data restore FILE.tar`."
            )
        with tempfile.TemporaryDirectory(dir=data_folder, prefix="restore-") as folder:
            fresh = Path(folder)
            with _clear(copies[0]):
                shutil.copyfile(copies[0], fresh / FILE_NAME)
                migrate(fresh / FILE_NAME)
            return copies[0], _swap(data_folder, fresh, _DATABASE)
    finally:
        os.close(lock)


def _copy_database(data_folder: Path, copy: Path) -> None:
    """SQLite's own backup. While a server runs the connection only reads: it must not
    checkpoint the server's WAL."""
    path = data_folder / FILE_NAME
    try:
        lock = take_lock(path)
    except StorageUnusable:
        mode, lock = "ro", -1
    else:
        mode = "rw"
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as reader,
            closing(sqlite3.connect(copy)) as writer,
        ):
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL beside it
    except sqlite3.Error as error:
        raise StorageUnusable(f"The database cannot be read ({error}).") from None
    finally:
        if lock >= 0:
            os.close(lock)


def _blobs_of(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT DISTINCT sha256 FROM drawings ORDER BY sha256")
        return [f"{BLOBS}/{sha256[:2]}/{sha256}" for (sha256,) in rows]


def _extract(source: Path, folder: Path) -> None:
    """Extract only the files of a backup: plain files with known names and matching hashes."""
    with tarfile.open(source, "r:") as archive:
        for member in archive:
            match = _MEMBER.fullmatch(member.name)
            content = archive.extractfile(member) if match and member.isreg() else None
            if match is None or content is None:
                raise StorageUnusable(f"{source} is not a Drawing Chat backup: {member.name!r}.")
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            digest = hashlib.sha256()
            with content, target.open("xb") as file:
                while block := content.read(1 << 20):
                    digest.update(block)
                    file.write(block)
            if match[2] and digest.hexdigest() != match[2]:
                raise StorageUnusable(
                    f"{source} is damaged: the hash of {member.name} does not match."
                )
    if not (folder / FILE_NAME).is_file():
        raise StorageUnusable(f"{source} is not a Drawing Chat backup: it has no database.")


def _swap(data_folder: Path, fresh: Path, names: tuple[str, ...]) -> Path | None:
    aside = data_folder / time.strftime("before-restore-%Y%m%d-%H%M%S")
    old = [data_folder / name for name in names if (data_folder / name).exists()]
    if old:
        aside.mkdir()
    for path in old:
        os.replace(path, aside / path.name)
    for path in list(fresh.iterdir()):
        os.replace(path, data_folder / path.name)
    # Derived from the old files; derived again when needed.
    shutil.rmtree(data_folder / "derived", ignore_errors=True)
    return aside if old else None


@contextlib.contextmanager
def _clear(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, sqlite3.Error):
        raise StorageUnusable(f"{source} is not a Drawing Chat backup, or it is damaged.") from None
    except OSError as error:
        raise StorageUnusable(f"{source}: {error.strerror}.") from None
