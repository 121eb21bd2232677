"""`drawing-chat data`: usage, clean, backup and restore of a data folder."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from backend import cli
from backend.storage.backup import back_up
from backend.storage.conversations import ConversationStore
from backend.storage.database import FILE_NAME, Database
from tests.chat_parts import open_database
from tests.database_rows import add_drawing

pytestmark = pytest.mark.anyio

CONTENT = b"%PDF a drawing"
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAWING_CHAT_DATA_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


async def fill(folder: Path) -> Database:
    """One drawing with its file, one conversation; left open, as a running server has it."""
    database = await open_database(folder / FILE_NAME)
    await add_drawing(database, "d1", name="flange.pdf", sha256=SHA)
    await ConversationStore(database).create("local", "Bores")
    _write(folder / "blobs" / SHA[:2] / SHA, CONTENT)
    return database


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def titles(folder: Path) -> list[str]:
    database = await Database.open(folder / FILE_NAME)
    found = [row.title for row in await ConversationStore(database).newest("local")]
    await database.close()
    return found


async def test_usage_while_the_server_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = await fill(folder)
    _write(folder / "cache" / "tile.png", b"x" * 2048)
    assert cli.main(["data", "usage"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines[0][:2] == ["Drawings", "1"]
    assert lines[0][2:] == [str(len(CONTENT)), "B"]
    assert lines[1][:2] == ["Conversations", "1"]
    assert lines[3] == ["Caches", "2", "KiB"]
    await database.close()
    assert cli.main(["data", "usage"]) == 0


async def test_clean_keeps_what_drawings_need(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = await fill(folder)
    orphan = folder / "blobs" / "ab" / ("ab" + "0" * 62)
    _write(orphan, b"y" * 10_000)
    _write(folder / "derived" / f"{SHA}.pdf", b"z")
    _write(folder / "cache" / "tile.png", b"x" * 5000)
    assert cli.main(["data", "clean"]) == 1
    assert "Another Drawing Chat server" in capsys.readouterr().err
    await database.close()
    assert cli.main(["data", "clean"]) == 0
    assert "KiB freed" in capsys.readouterr().out
    assert files_in(folder) == {
        FILE_NAME,
        "drawing-chat.lock",
        f"blobs/{SHA[:2]}/{SHA}",
        f"derived/{SHA}.pdf",
    }
    assert await titles(folder) == ["Bores"]


async def test_a_backup_of_a_running_server_comes_back(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = await fill(folder)
    target = tmp_path / "backup.tar"
    assert cli.main(["data", "backup", str(target)]) == 0
    await ConversationStore(database).create("local", "Later")
    assert cli.main(["data", "restore", str(target)]) == 1  # the server still runs
    await database.close()
    assert cli.main(["data", "backup", str(target)]) == 1  # never over an older one
    (folder / "blobs" / SHA[:2] / SHA).unlink()
    assert cli.main(["data", "restore", str(target)]) == 0
    assert await titles(folder) == ["Bores"]
    assert (folder / "blobs" / SHA[:2] / SHA).read_bytes() == CONTENT
    aside = Path(capsys.readouterr().out.split()[-1].rstrip("."))
    assert aside.parent == folder
    assert await titles(aside) == ["Later", "Bores"]


async def test_into_an_empty_folder(folder: Path, tmp_path: Path) -> None:
    await (await fill(folder)).close()
    back_up(folder, tmp_path / "backup.tar")
    os.rename(folder, tmp_path / "old")
    assert cli.main(["data", "restore", str(tmp_path / "backup.tar")]) == 0
    assert await titles(folder) == ["Bores"]


def _archive(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    "members",
    [
        {"../evil": b"x"},
        {"/etc/evil": b"x"},
        {"drawing-chat.lock": b"x"},
        {f"blobs/{SHA[:2]}/{SHA}": CONTENT},
        {FILE_NAME: b"no database"},
        {f"blobs/{SHA[:2]}/{SHA}": b"other content", FILE_NAME: b""},
    ],
)
async def test_an_archive_that_is_no_backup_changes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], members: dict[str, bytes]
) -> None:
    await (await fill(folder)).close()
    before = files_in(folder)
    source = _archive(tmp_path / "evil.tar", **members)
    assert cli.main(["data", "restore", str(source)]) == 1
    assert "evil.tar" in capsys.readouterr().err
    assert files_in(folder) == before
    assert await titles(folder) == ["Bores"]


async def test_a_link_in_an_archive_is_refused(folder: Path, tmp_path: Path) -> None:
    await (await fill(folder)).close()
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        link = tarfile.TarInfo(FILE_NAME)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert cli.main(["data", "restore", str(tmp_path / "evil.tar")]) == 1
    assert await titles(folder) == ["Bores"]


def test_nothing_there(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["usage"], ["clean"], ["backup", str(tmp_path / "x.tar")]):
        assert cli.main(["data", *words]) == 1
        assert "There is no database" in capsys.readouterr().err
    assert cli.main(["data", "restore", str(tmp_path / "none.tar")]) == 1
