"""Upgrades a database file to the current schema, keeping a copy of the old file.

Synchronous: `Database.open` runs it in a thread, before any other connection exists.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine

from backend.errors import StorageUnusable

_SCRIPTS = Path(__file__).resolve().parent / "migrations"
#: Larger files are not checked: it would delay the start by seconds.
_CHECK_BYTES = 256 * 1024 * 1024


def migrate(path: Path) -> None:
    """Create the tables, or upgrade those of an older version, after copying the file.

    Raises `StorageUnusable` for a file of a newer version and `sqlite3.DatabaseError` for a
    damaged one.
    """
    if path.exists():
        _check(path)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
        if now == script.get_current_head():
            return
        if now is not None:
            if now not in {revision.revision for revision in script.walk_revisions()}:
                raise StorageUnusable(
                    "The data folder was written by a newer version of Drawing Chat. Update the "
                    "program, or set DRAWING_CHAT_DATA_FOLDER to another folder."
                )
            _copy(path, path.with_name(f"{path.stem}.before-{now}-upgrade{path.suffix}"))
        _upgrade(connection, config)


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def _copy(source: Path, target: Path) -> None:
    """SQLite's own backup, which includes the contents of the WAL."""
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if path.stat().st_size <= _CHECK_BYTES:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
