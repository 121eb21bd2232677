"""The server's own copies of the database: when they are made, how many, and what they hold."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from backend import cli
from backend.storage import automatic_backups as copies
from backend.storage.conversations import ConversationStore
from backend.storage.database import FILE_NAME, Database
from tests.chat_parts import open_database

pytestmark = pytest.mark.anyio


def age(copy: Path) -> None:
    """As if it had been made long ago, under a name of that time."""
    old = time.time() - 2 * copies.EVERY_SECONDS
    os.utime(copy, (old, old))
    number = len(list(copy.parent.iterdir()))
    copy.rename(copy.with_name(f"20200101-00000{number}.sqlite3"))


async def test_a_copy_is_made_of_what_is_worth_it_and_only_when_due(tmp_path: Path) -> None:
    database = await open_database(tmp_path / FILE_NAME)
    assert copies.copy_if_due(database.path) is None  # there is nothing yet
    store = ConversationStore(database)
    await store.create("local", "Bores")
    first = copies.copy_if_due(database.path)  # the server has it open
    assert first is not None and first.stat().st_mode & 0o077 == 0
    assert copies.copies_in(tmp_path) == [first]
    assert copies.copy_if_due(database.path) is None
    for _ in range(copies.KEPT):
        age(copies.copies_in(tmp_path)[0])
        assert copies.copy_if_due(database.path)
    assert len(copies.copies_in(tmp_path)) == copies.KEPT
    with closing(sqlite3.connect(copies.copies_in(tmp_path)[0])) as copy:
        assert copy.execute("SELECT title FROM conversations").fetchall() == [("Bores",)]
    await database.close()


async def test_a_damaged_database_is_not_copied(tmp_path: Path) -> None:
    database = await open_database(tmp_path / FILE_NAME)
    await ConversationStore(database).create("local", "Bores")
    await database.close()
    with closing(sqlite3.connect(database.path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'messages'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))
    with pytest.raises(sqlite3.DatabaseError):
        copies.copy_if_due(database.path)
    assert list((tmp_path / copies.FOLDER).iterdir()) == []


async def test_the_newest_copy_comes_back_and_the_drawings_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_DATA_FOLDER", str(tmp_path))
    assert cli.main(["data", "restore"]) == 1
    assert "no automatic copy" in capsys.readouterr().err
    database = await open_database(tmp_path / FILE_NAME)
    store = ConversationStore(database)
    await store.create("local", "Bores")
    copies.copy_if_due(database.path)
    await store.create("local", "Later")
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "drawing").write_bytes(b"x")
    assert cli.main(["data", "restore"]) == 1  # the server still runs
    await database.close()
    assert cli.main(["data", "restore"]) == 0
    aside = Path(capsys.readouterr().out.split()[-1].rstrip("."))
    assert (aside / FILE_NAME).exists() and not (aside / "blobs").exists()
    assert (tmp_path / "blobs" / "drawing").read_bytes() == b"x"
    database = await Database.open(tmp_path / FILE_NAME)
    assert [row.title for row in await ConversationStore(database).newest("local")] == ["Bores"]
    await database.close()
