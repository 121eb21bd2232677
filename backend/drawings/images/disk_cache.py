"""A disk cache for rendered images and pyramids, limited in bytes; the least recently used go
first.

Everything in it can be rendered again. Files made from one content share a folder, so deleting a
drawing deletes all its pixels.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
from collections import OrderedDict
from pathlib import Path

logger = logging.getLogger(__name__)

#: A full cache is trimmed to this share, so that not every write has to delete files.
KEEP_SHARE = 0.9


class DiskCache:
    """Methods access the disk: call them off the event loop, from one thread at a time."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._bytes = 0
        self._sizes: OrderedDict[tuple[str, str], int] = OrderedDict()

    def open(self) -> None:
        """Index the files of an earlier run and delete unfinished ones."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found: list[tuple[float, str, str, int]] = []
        for path in self._folder.glob("*/*"):
            if path.suffix == ".part":
                path.unlink(missing_ok=True)
                continue
            status = path.stat()
            found.append((status.st_mtime, path.parent.name, path.name, status.st_size))
        for _, content, name, size in sorted(found):
            self._sizes[content, name] = size
            self._bytes += size
        self._make_room()

    @property
    def total_bytes(self) -> int:
        """Bytes held."""
        return self._bytes

    def path(self, content: str, name: str) -> Path | None:
        """Path of a cached file, marked as just used; None if it is not cached."""
        key = (content, name)
        if key not in self._sizes:
            return None
        path = self._folder / content / name
        if not path.exists():
            self._bytes -= self._sizes.pop(key)
            return None
        self._sizes.move_to_end(key)
        return path

    def read(self, content: str, name: str) -> bytes | None:
        """The bytes of a cached file."""
        path = self.path(content, name)
        if path is None:
            return None
        with contextlib.suppress(OSError):
            return path.read_bytes()
        return None

    def write(self, content: str, name: str, data: bytes) -> None:
        """Cache some bytes. A full disk is not an error: nothing is cached then."""
        if len(data) > self._limit:
            return
        unfinished = self.place(content)
        try:
            unfinished.write_bytes(data)
            self.adopt(content, name, unfinished)
        except OSError as error:
            logger.info("Not cached: %s", error.strerror)
            unfinished.unlink(missing_ok=True)

    def folder(self, content: str) -> Path:
        """The folder of a content, created if missing."""
        folder = self._folder / content
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def place(self, content: str) -> Path:
        """The path to write a file to before calling `adopt`."""
        return self.folder(content) / f"{secrets.token_hex(8)}.part"

    def adopt(self, content: str, name: str, unfinished: Path) -> None:
        """Add the file written at `place`; it is deleted if larger than the whole cache."""
        size = unfinished.stat().st_size
        if size > self._limit:
            unfinished.unlink(missing_ok=True)
            return
        os.replace(unfinished, self._folder / content / name)
        self._bytes += size - self._sizes.pop((content, name), 0)
        self._sizes[content, name] = size
        self._make_room()

    def remove(self, content: str) -> None:
        """Delete everything made from this content."""
        for key in [key for key in self._sizes if key[0] == content]:
            self._bytes -= self._sizes.pop(key)
        shutil.rmtree(self._folder / content, ignore_errors=True)

    def _make_room(self) -> None:
        if self._bytes <= self._limit:
            return
        while self._sizes and self._bytes > self._limit * KEEP_SHARE:
            (content, name), size = self._sizes.popitem(last=False)
            self._bytes -= size
            (self._folder / content / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                (self._folder / content).rmdir()
