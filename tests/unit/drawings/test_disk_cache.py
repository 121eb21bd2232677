"""The disk cache stays within its limit, survives a restart and deletes a drawing's files."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from backend.drawings.images.disk_cache import DiskCache


def _cache(folder: Path, limit: int = 1000) -> DiskCache:
    cache = DiskCache(folder, limit)
    cache.open()
    return cache


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_the_least_recently_used_file_is_evicted(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    for name in "abc":
        cache.write("sheet", name, bytes(300))
    assert cache.read("sheet", "a") == bytes(300)
    cache.write("other", "d", bytes(300))
    assert _files(tmp_path) == {"a", "c", "d"}
    assert cache.total_bytes == 900
    assert cache.read("sheet", "b") is None


def test_a_file_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    cache.write("sheet", "large", bytes(1001))
    place = cache.place("sheet")
    place.write_bytes(bytes(1001))
    cache.adopt("sheet", "pyramid", place)
    assert _files(tmp_path) == set()


def test_writing_again_counts_once(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    cache.write("sheet", "a", bytes(300))
    cache.write("sheet", "a", bytes(200))
    assert cache.total_bytes == 200


def test_a_restart_keeps_files_and_drops_unfinished_ones(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    cache.write("sheet", "a", b"tile")
    cache.place("sheet").write_bytes(b"half a pyramid")
    again = _cache(tmp_path)
    assert again.read("sheet", "a") == b"tile"
    assert _files(tmp_path) == {"a"}
    assert _cache(tmp_path, limit=3).total_bytes == 0


def test_a_deleted_drawing_leaves_no_pixels(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    cache.write("secret", "a", b"tile")
    cache.write("other", "a", b"tile")
    cache.remove("secret")
    assert cache.read("secret", "a") is None
    assert not (tmp_path / "secret").exists()
    assert cache.total_bytes == 4


def test_a_full_disk_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = _cache(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        cache.write("sheet", "a", b"tile")
    assert cache.read("sheet", "a") is None
    assert _files(tmp_path) == set()


def test_a_file_that_was_deleted_by_hand_is_forgotten(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    cache.write("sheet", "a", b"tile")
    (tmp_path / "sheet" / "a").unlink()
    assert cache.read("sheet", "a") is None
    assert cache.total_bytes == 0
