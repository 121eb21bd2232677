"""The drawings of all owners: add one, and read its details, pixels and text.

The entry point for chat, routes and tools. Decoding runs in worker processes, files are in the
blob store, rows in the database.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from backend.config.settings import Settings
from backend.drawing import BalloonMark, DrawingInfo, PageInfo, TextItem
from backend.drawings.background import Background, ReadingListener
from backend.drawings.blob_store import BlobStore, Spool
from backend.drawings.drawing_records import StoredDrawing
from backend.drawings.formats.sniff import KINDS
from backend.drawings.images.disk_cache import DiskCache
from backend.drawings.images.regions import clip_region, crop_size, grow_region, overview_size
from backend.drawings.images.render import Renderer
from backend.drawings.ingest import Ingest
from backend.drawings.repository import DrawingRepository
from backend.drawings.text.ocr import ocr_is_installed
from backend.drawings.text.page_texts import PageListener, PageTexts
from backend.drawings.workers.decode_pools import Workers
from backend.drawings.workers.jobs import BalloonJob, Encoding
from backend.errors import DrawingChatError, NotFound
from backend.evidence.index.search_text import contains, reads_as
from backend.geometry import Box
from backend.model.service import ModelImage
from backend.storage.database import Database

logger = logging.getLogger(__name__)

#: Longer side of a thumbnail sketch, in pixels: 0.3 mm each on A3.
SKETCH_SIDE = 1400

#: `list` is also a method name here.
TextItems = list[TextItem]
StoredDrawings = list[StoredDrawing]
ReadyCallback = Callable[[str, str], Awaitable[None] | None]


class DrawingLibrary:
    """Create it with `DrawingLibrary.open`, end it with `close`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._repository = DrawingRepository(database)
        self._store = BlobStore(settings.data_folder)
        self._cache = DiskCache(settings.data_folder / "cache", settings.render_cache_bytes)
        self.workers = Workers(settings, self._store.scratch)
        self._renderer = Renderer(self.workers, self._store, self._cache)
        self._texts = PageTexts(database, self.workers, self._renderer)
        self._texts.on_recognised(
            lambda owner, drawing_id, _: self._repository.forget(owner, drawing_id)
        )
        reads_scans = settings.ocr and ocr_is_installed()
        self.background = Background(
            self._renderer,
            self._texts.read_ahead,
            self._texts.recognise if reads_scans else None,
        )
        self._ingest = Ingest(self.workers, self._store, self._renderer, self._repository)
        self._ready: list[ReadyCallback] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, settings: Settings, database: Database) -> DrawingLibrary:
        """Create the folders. Workers start with their first job.

        Raises `StorageUnusable` if the data folder cannot be written.
        """
        library = cls(settings, database)
        await asyncio.to_thread(library._store.prepare)
        await asyncio.to_thread(library._cache.open)
        return library

    async def close(self) -> None:
        """Stop the workers and the background jobs."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.background.close()
        await self.workers.close()

    def on_ready(self, callback: ReadyCallback) -> None:
        """Call `callback(owner, drawing_id)` after each upload."""
        self._ready.append(callback)

    def on_recognised(self, listener: PageListener) -> Callable[[], None]:
        """Call `listener` for each scanned page whose text was recognised. Returns a function that
        unsubscribes."""
        return self._texts.on_recognised(listener)

    def on_reading(self, listener: ReadingListener) -> Callable[[], None]:
        """Call `listener` when recognition of a scanned page starts and when it ends, even without
        any text. Returns a function that unsubscribes."""
        return self.background.on_reading(listener)

    def reading(self, owner: str, drawing_id: str) -> frozenset[int]:
        """Numbers of the drawing's pages whose text recognition is queued or running."""
        return self.background.reading(owner, drawing_id)

    async def quiet(self) -> None:
        """Wait until no rendering request is pending."""
        await self.workers.interactive.quiet()

    @asynccontextmanager
    async def spool(self) -> AsyncIterator[Spool]:
        """A temporary file for an upload, limited in bytes."""
        async with self._store.spool(self._settings.max_upload_bytes) as spool:
            yield spool

    async def add(self, owner: str, name: str, spool: Spool) -> tuple[DrawingInfo, bool]:
        """Add a spooled upload. Returns its info, and whether it is new to this owner.

        Raises upload errors; nothing is left behind then.
        """
        drawing, created = await self._ingest.add(owner, name, spool)
        if not created:
            return drawing.info, False
        self._start(self._announce(owner, drawing.info.id))
        self.background.prepare(owner, drawing)
        return drawing.info, True

    async def add_bytes(self, owner: str, name: str, data: bytes) -> DrawingInfo:
        """Add a local file."""
        async with self.spool() as spool:
            await spool.write(data)
            return (await self.add(owner, name, spool))[0]

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        """The info of the owner's drawing. Raises `NotFound`."""
        return (await self._repository.find(owner, drawing_id)).info

    async def list(self, owner: str, limit: int, before: str | None = None) -> StoredDrawings:
        """The owner's drawings, newest first, after the one identified by `before`: its cursor or
        its id. Raises `BadRequest`, `NotFound`."""
        return await self._repository.newest(owner, limit, before)

    async def delete(self, owner: str, drawing_id: str) -> None:
        """Remove the drawing; its content is deleted with its last owner. Raises `NotFound`."""
        await self._ingest.remove(owner, drawing_id)

    async def original(self, owner: str, drawing_id: str) -> tuple[Path, DrawingInfo]:
        """Path of the file as uploaded. Raises `NotFound`."""
        info = await self.info(owner, drawing_id)
        path = self._store.path(info.sha256)
        if not path.is_file():
            raise NotFound("The file of this drawing is missing on the server. Upload it again.")
        return path, info

    async def overview(self, owner: str, drawing_id: str, page: int) -> ModelImage:
        """The whole page within the pixel budget, as the model gets it."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        budget = self._settings.image_min_pixels, self._settings.image_max_pixels
        whole = (0, 0, info.width, info.height)
        self.background.want_pyramid(stored, info)
        return await self._renderer.image(stored, info, whole, overview_size(info, *budget))

    async def sketch(self, owner: str, drawing_id: str, page: int) -> ModelImage:
        """The whole page at a small size, to detect its layout; rendered at background priority."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        whole = (0, 0, info.width, info.height)
        share = min(1.0, SKETCH_SIDE / max(info.width, info.height))
        size = (max(1, round(info.width * share)), max(1, round(info.height * share)))
        return await self._renderer.image(stored, info, whole, size, in_background=True)

    async def crop(
        self, owner: str, drawing_id: str, page: int, region: Sequence[float]
    ) -> ModelImage:
        """A region (canvas pixels) at full resolution: native for a scan, re-rendered for a vector
        page, limited only by the budget and `region_max_dpi`. Raises `NotFound`, `BadRegion`."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        clipped = grow_region(clip_region(region, info), info)
        budget = self._settings.image_min_pixels, self._settings.image_max_pixels
        vector = KINDS[stored.format].vector
        size = crop_size(Box(*clipped), info, vector, *budget, self._settings.region_max_dpi)
        return await self._renderer.image(stored, info, clipped, size)

    async def encoded(
        self,
        owner: str,
        drawing_id: str,
        page: int,
        region: tuple[int, int, int, int],
        size: tuple[int, int],
        encoding: Encoding,
    ) -> bytes:
        """A region at any size, encoded (see `encode.py`); served over IIIF."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        self.background.want_pyramid(stored, info)
        return await self._renderer.encoded(stored, info, region, size, encoding)

    async def marked(
        self,
        owner: str,
        drawing_id: str,
        page: int,
        marks: Sequence[BalloonMark],
        *,
        png: bool = False,
    ) -> bytes:
        """The page with balloons (see `images/balloon_sheet.py`), as PDF or PNG."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        whole = (0, 0, info.width, info.height)
        job = await self._renderer.job(stored, info, whole, (info.width, info.height))
        balloons = BalloonJob(
            file=job.file,
            page=job.page,
            canvas=job.canvas,
            marks=tuple(marks),
            png=png,
            dpi=info.dpi,
        )
        return (await self.workers.interactive.run(balloons)).payload

    async def text(self, owner: str, drawing_id: str, page: int) -> TextItems:
        """The page's text items in reading order; read from the file on first use."""
        stored = await self._repository.find(owner, drawing_id)
        info = page_of(stored.info, page)
        kept = await self._texts.kept(owner, drawing_id, page)
        if kept is not None:
            return kept
        self.background.want_text(owner, stored, info)
        return await self._texts.read(owner, stored, info)

    async def find(self, owner: str, drawing_id: str, page: int, query: str) -> TextItems:
        """The page's text items that contain `query`, ignoring differences in spelling. If there
        are none, those that a person would read as `query`."""
        items = await self.text(owner, drawing_id, page)
        found = [item for item in items if contains(item.text, query)]
        return found or [item for item in items if reads_as(item.text, query)]

    async def all_text(self, owner: str, drawing_id: str) -> dict[int, TextItems]:
        """The text of every page, by number; pages not read yet are read now."""
        stored = await self._repository.find(owner, drawing_id)
        for page in stored.info.pages:
            self.background.want_text(owner, stored, page)
        return await self._texts.all(owner, stored)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, owner: str, drawing_id: str) -> None:
        for callback in self._ready:
            try:
                outcome = callback(owner, drawing_id)
                if inspect.isawaitable(outcome):
                    await outcome
            except DrawingChatError as error:
                logger.info("After the upload of %s: %s", drawing_id, error)


def page_of(info: DrawingInfo, number: int) -> PageInfo:
    """The page with this number, from 1. Raises `NotFound`."""
    if not 1 <= number <= len(info.pages):
        raise NotFound(f"There is no page {number}; the drawing has {len(info.pages)}.")
    return info.pages[number - 1]
