"""Blobs are stored by content; a failed upload leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backend.drawings.blob_store import BlobStore
from backend.errors import FileTooLarge, StorageFull, StorageUnusable

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    store = BlobStore(tmp_path)
    store.prepare()
    return store


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_content_is_kept_once_under_its_hash(store: BlobStore, tmp_path: Path) -> None:
    for _ in range(2):
        async with store.spool(10_000_000) as spool:
            for _ in range(3):
                await spool.write(b"x" * 1_000_000)
            await spool.finish()
            store.keep(spool)
    (blob,) = _files(tmp_path)
    assert blob == store.path(spool.sha256)
    assert blob.read_bytes() == b"x" * 3_000_000
    store.remove(spool.sha256)
    assert not _files(tmp_path)


async def test_an_oversized_upload_leaves_nothing_behind(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        async with store.spool(2_000_000) as spool:
            for _ in range(3):
                await spool.write(b"x" * 1_000_000)
    assert not _files(tmp_path)


@pytest.mark.fault(8)
async def test_disk_full(store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        async with store.spool(2_000_000) as spool:
            await spool.write(b"x")
            await spool.finish()
    assert not _files(tmp_path)


def test_leftovers_of_a_killed_server_are_deleted(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "spool" / "half").write_bytes(b"half an upload")
    (tmp_path / "scratch" / "temporary").write_bytes(b"pixels")
    BlobStore(tmp_path).prepare()
    assert not _files(tmp_path)


@pytest.mark.fault(11)
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file, not a folder")
    with pytest.raises(StorageUnusable, match="DATA_FOLDER"):
        BlobStore(tmp_path / "blocked").prepare()
