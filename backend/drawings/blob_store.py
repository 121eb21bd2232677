"""Stores uploaded files by content: one file per SHA-256 hash.

An upload is spooled to a temporary file, hashed while it is written, and then renamed into place.
If anything fails before the rename, no file is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

from backend.errors import FileTooLarge, StorageFull, StorageUnusable

#: Bytes buffered before they are hashed and written in a thread.
BATCH_BYTES = 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Spool:
    """An upload in progress: a temporary file that grows."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.bytes = 0
        self._limit = limit
        self._hash = hashlib.sha256()
        self._batch = bytearray()
        self._file: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes written so far; final after `finish`."""
        return self._hash.hexdigest()

    async def write(self, data: bytes) -> None:
        """Append. Raises `FileTooLarge` beyond the limit, `StorageFull` on a full disk."""
        self.bytes += len(data)
        if self.bytes > self._limit:
            raise FileTooLarge(
                f"The file is larger than the limit of {self._limit / 2**20:.0f} MiB. "
                "Split it or raise DRAWING_CHAT_MAX_UPLOAD_BYTES."
            )
        self._batch += data
        if len(self._batch) >= BATCH_BYTES:
            await self._flush()

    async def finish(self) -> None:
        """Write the remaining bytes and sync them to disk."""
        await self._flush()
        await asyncio.to_thread(self._sync)

    async def _flush(self) -> None:
        batch, self._batch = bytes(self._batch), bytearray()
        await asyncio.to_thread(self._append, batch)

    def _append(self, batch: bytes) -> None:
        with _disk_errors():
            if self._file is None:
                self._file = self.path.open("xb", buffering=0)
            left = memoryview(batch)
            while left:  # a raw write may be short
                left = left[self._file.write(left) :]
        self._hash.update(batch)

    def _sync(self) -> None:
        if self._file is not None:
            with _disk_errors():
                os.fsync(self._file.fileno())
                self._file.close()

    def discard(self) -> None:
        """Close and delete the temporary file, if it still exists."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self.path.unlink(missing_ok=True)


class BlobStore:
    """The folders inside the data folder: `blobs` and `derived` (converted files, rebuilt if lost)
    are permanent, `spool` and `scratch` are temporary."""

    def __init__(self, data_folder: Path) -> None:
        self._blobs = data_folder / "blobs"
        self._derived = data_folder / "derived"
        self._spool = data_folder / "spool"
        self.scratch = data_folder / "scratch"

    def prepare(self) -> None:
        """Create the folders and delete temporary files left by a killed server.

        Raises `StorageUnusable` if the data folder cannot be written.
        """
        try:
            for temporary in (self._spool, self.scratch):
                shutil.rmtree(temporary, ignore_errors=True)
                temporary.mkdir(parents=True, mode=0o700)
            for lasting in (self._blobs, self._derived):
                lasting.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageUnusable(
                f"The data folder cannot be written ({error.strerror}). Make it writable, or "
                "set DRAWING_CHAT_DATA_FOLDER to another folder."
            ) from None

    @contextlib.asynccontextmanager
    async def spool(self, limit: int) -> AsyncIterator[Spool]:
        """A temporary file for one upload of at most `limit` bytes, deleted on exit."""
        spool = Spool(self._spool / secrets.token_hex(16), limit)
        try:
            yield spool
        finally:
            spool.discard()

    def path(self, sha256: str) -> Path:
        """Path of the content with this hash, whether or not it exists."""
        return self._blobs / sha256[:2] / sha256

    def derived(self, sha256: str) -> Path:
        """Path of the PDF converted from this content, whether or not it exists."""
        return self._derived / f"{sha256}.pdf"

    def keep(self, spool: Spool) -> None:
        """Move a finished upload into place; identical content is stored once."""
        target = self.path(spool.sha256)
        with _disk_errors():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(spool.path, target)

    def remove(self, sha256: str) -> None:
        """Delete the content and its converted file, if they exist."""
        self.path(sha256).unlink(missing_ok=True)
        self.derived(sha256).unlink(missing_ok=True)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(
                "The disk with the data folder is full. Free some space and try again."
            ) from None
        raise
