"""Adds and removes drawings: from a spooled upload to database rows, and back.

Steps of an upload: hash, known content, file type, decode worker, previews, file in the blob store,
rows in the database. If a step fails, nothing is left behind.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from backend.drawing import DrawingInfo
from backend.drawings.blob_store import BlobStore, Spool
from backend.drawings.drawing_records import StoredDrawing, page_info
from backend.drawings.formats.sniff import FileKind, sniff
from backend.drawings.formats.warnings import MORE
from backend.drawings.images.render import Renderer
from backend.drawings.repository import DrawingRepository
from backend.drawings.workers.decode_pools import Workers
from backend.storage.tables import new_id

MAX_WARNINGS = 20


class Ingest:
    """Adds and removes contents, one operation at a time per content."""

    def __init__(
        self, workers: Workers, store: BlobStore, renderer: Renderer, repository: DrawingRepository
    ) -> None:
        self._workers = workers
        self._store = store
        self._renderer = renderer
        self._repository = repository
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def add(self, owner: str, name: str, spool: Spool) -> tuple[StoredDrawing, bool]:
        """Add a spooled upload. Returns the drawing, and whether it is new to this owner.

        Raises the upload errors of `errors.py`.
        """
        await spool.finish()
        async with self._content_lock(spool.sha256):
            known = await self._repository.find_content(owner, spool.sha256)
            if known is not None:
                return known, False
            reads_dwg = self._workers.dwg_converter is not None
            kind = await asyncio.to_thread(sniff, spool.path, reads_dwg=reads_dwg)
            try:
                drawing, texts = await self._read(name, kind, spool)
                await self._renderer.adopt_previews(drawing)
                await asyncio.to_thread(self._store.keep, spool)
                await self._repository.add(owner, drawing, texts)
            except BaseException:
                await self._drop_unused(spool.sha256)
                raise
        return drawing, True

    async def remove(self, owner: str, drawing_id: str) -> None:
        """Remove a drawing; its content is deleted with its last owner. Raises `NotFound`."""
        sha256 = (await self._repository.find(owner, drawing_id)).info.sha256
        async with self._content_lock(sha256):
            await self._repository.remove(owner, drawing_id)
            await self._drop_unused(sha256)

    async def _read(
        self, name: str, kind: FileKind, spool: Spool
    ) -> tuple[StoredDrawing, list[list[dict[str, Any]]]]:
        """The drawing to store, and its pages' texts if they are already known."""
        job = self._renderer.ingest_job(spool.path, kind, spool.sha256)
        found = (await self._workers.ingest.run(job)).result
        canvases = found["canvases"]
        warnings = [warning for canvas in canvases for warning in canvas["warnings"]]
        info = DrawingInfo(
            id=new_id(),
            name=name,
            media_type=kind.media_type,
            bytes=spool.bytes,
            sha256=spool.sha256,
            pages=tuple(page_info(n, canvas) for n, canvas in enumerate(canvases, 1)),
            warnings=tuple(_first_few(warnings)),
        )
        return StoredDrawing(info, kind.format, time.time()), found.get("texts", [])

    async def _drop_unused(self, sha256: str) -> None:
        """Delete a content that no drawing uses."""
        if not await self._repository.has_content(sha256):
            await asyncio.to_thread(self._store.remove, sha256)
            await self._renderer.forget(sha256)

    @asynccontextmanager
    async def _content_lock(self, sha256: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(sha256, asyncio.Lock())
        self._waiting[sha256] += 1
        try:
            async with lock:
                yield
        finally:
            # Not `locked()`, which is false between a release and the next waiter's turn.
            self._waiting[sha256] -= 1
            if not self._waiting[sha256]:
                del self._waiting[sha256], self._locks[sha256]


def _first_few(warnings: Sequence[str]) -> Sequence[str]:
    if len(warnings) <= MAX_WARNINGS:
        return warnings
    return [*warnings[:MAX_WARNINGS], MORE.format(count=len(warnings) - MAX_WARNINGS)]
