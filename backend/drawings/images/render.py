"""Renders stored drawings: images for the model, encoded regions for viewers.

Chooses the source (the upload, its converted PDF, or a page's pyramid) and caches results.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from backend.drawing import PageInfo
from backend.drawings.blob_store import BlobStore
from backend.drawings.drawing_records import StoredDrawing
from backend.drawings.formats.format import Size
from backend.drawings.formats.raster import KEEP_PIXELS, PREVIEW_PIXELS
from backend.drawings.formats.sniff import KINDS, FileKind
from backend.drawings.images.disk_cache import DiskCache
from backend.drawings.images.image_cache import ImageCache
from backend.drawings.workers.decode_pools import Workers
from backend.drawings.workers.jobs import (
    Encoding,
    IngestJob,
    PyramidJob,
    RenderJob,
    SourceFile,
)
from backend.errors import NotFound
from backend.geometry import Box
from backend.model.service import ModelImage

#: Bytes of rendered images kept for the next question.
IMAGE_CACHE_BYTES = 128 * 2**20
#: Changed whenever the same request would return other pixels.
RENDERING = 1

Region = tuple[int, int, int, int]


class Renderer:
    """Renders regions of stored drawings with the decode workers."""

    def __init__(self, workers: Workers, store: BlobStore, cache: DiskCache) -> None:
        self._workers = workers
        self._store = store
        self._cache = cache
        self._disk = asyncio.Lock()
        self._images = ImageCache(IMAGE_CACHE_BYTES)

    async def image(
        self,
        stored: StoredDrawing,
        page: PageInfo,
        region: Region,
        size: Size,
        *,
        in_background: bool = False,
    ) -> ModelImage:
        """A region at a size, as the model gets it; background renderings are not cached for the
        next question."""
        key = (stored.info.sha256, page.number, Box(*region), size)
        image = self._images.get(key)
        if image is None:
            job = await self.job(stored, page, region, size)
            pool = self._workers.background if in_background else self._workers.interactive
            rgb = (await pool.run(job)).payload
            digest = hashlib.sha256(f"rgb {size[0]}x{size[1]} ".encode())
            digest.update(rgb)
            image = ModelImage(digest.hexdigest(), *size, rgb, region)
            if not in_background:
                self._images.put(key, image)
        return image

    async def encoded(
        self,
        stored: StoredDrawing,
        page: PageInfo,
        region: Region,
        size: Size,
        encoding: Encoding,
    ) -> bytes:
        """A region at a size, encoded (see `encode.py`), from the disk cache if possible."""
        content = stored.info.sha256
        asked = [RENDERING, page.number, page.width, page.height, region, size, asdict(encoding)]
        name = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]
        async with self._disk:
            kept = await asyncio.to_thread(self._cache.read, content, name)
        if kept is not None:
            return kept
        job = await self.job(stored, page, region, size)
        data = (await self._workers.interactive.run(replace(job, encoding=encoding))).payload
        async with self._disk:
            await asyncio.to_thread(self._cache.write, content, name, data)
        return data

    async def job(
        self, stored: StoredDrawing, page: PageInfo, region: Region, size: Size
    ) -> RenderJob:
        """The worker job that renders a region."""
        source = await self.file(stored)
        if needs_pyramid(stored, page):
            scale = max(size[0] / region[2], size[1] / region[3])
            async with self._disk:
                copy = await asyncio.to_thread(self._smaller_copy, stored, page, scale)
            if copy is not None:
                source = replace(source, path=str(copy), format="pyramid")
        canvas = (page.width, page.height)
        return RenderJob(
            file=source, page=page.number, canvas=canvas, region=Box(*region), size=size
        )

    def _smaller_copy(self, stored: StoredDrawing, page: PageInfo, scale: float) -> Path | None:
        """The page's pyramid, or its preview if that is sharp enough."""
        content = stored.info.sha256
        pyramid = self._cache.path(content, _pyramid_name(page.number))
        if pyramid is not None or scale > (PREVIEW_PIXELS / (page.width * page.height)) ** 0.5:
            return pyramid
        return self._cache.path(content, _preview_name(page.number))

    async def adopt_previews(self, drawing: StoredDrawing) -> None:
        """Move the previews made during ingest into the cache."""
        content = drawing.info.sha256
        async with self._disk:
            for page in drawing.info.pages:
                left = self._cache.folder(content) / f"preview-{page.number}.part"
                if needs_pyramid(drawing, page) and left.exists():
                    name = _preview_name(page.number)
                    await asyncio.to_thread(self._cache.adopt, content, name, left)

    def ingest_job(self, path: Path, kind: FileKind, sha256: str) -> IngestJob:
        """The worker job that reads a new file: converts it, or makes previews of large pages."""
        converter = self._workers.dwg_converter if kind.format == "dwg" else None
        return IngestJob(
            file=SourceFile(str(path), kind.format, self._workers.limits),
            previews=str(self._cache.folder(sha256)),
            derived=str(self._store.derived(sha256)) if kind.converted else None,
            dwg_converter=None if converter is None else str(converter),
        )

    async def file(self, stored: StoredDrawing) -> SourceFile:
        """The file to read from: the upload itself, or its conversion."""
        path, format_name = self._store.path(stored.info.sha256), stored.format
        if not path.is_file():
            raise NotFound("The file of this drawing is missing on the server. Upload it again.")
        kind = KINDS[stored.format]
        if kind.converted:
            derived = self._store.derived(stored.info.sha256)
            if not derived.is_file():
                await self._workers.ingest.run(self.ingest_job(path, kind, stored.info.sha256))
            path, format_name = derived, "pdf"
        return SourceFile(str(path), format_name, self._workers.limits)

    async def build_pyramid(self, stored: StoredDrawing, page: PageInfo) -> None:
        """Build the pyramid of a large scan's page, unless it exists."""
        content, name = stored.info.sha256, _pyramid_name(page.number)
        async with self._disk:
            if self._cache.path(content, name) is not None:
                return
            target = await asyncio.to_thread(self._cache.place, content)
        source = await self.file(stored)
        try:
            job = PyramidJob(file=source, page=page.number, target=str(target))
            await self._workers.background.run(job)
            async with self._disk:
                await asyncio.to_thread(self._cache.adopt, content, name, target)
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)

    async def forget(self, content: str) -> None:
        """Remove everything rendered from a content, in memory and on disk."""
        self._images.forget(content)
        async with self._disk:
            await asyncio.to_thread(self._cache.remove, content)


def needs_pyramid(stored: StoredDrawing, page: PageInfo) -> bool:
    """Whether a page is too large to be kept decoded."""
    return not KINDS[stored.format].vector and page.width * page.height > KEEP_PIXELS


def _pyramid_name(page: int) -> str:
    return f"pyramid-{page}-{RENDERING}.tif"


def _preview_name(page: int) -> str:
    return f"preview-{page}-{RENDERING}.tif"
