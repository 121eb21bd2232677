"""The text of pages: kept in the database, read from the file when first asked for, or recognised.

Knows where a text comes from and where it is kept; not who owns the drawing and not when a scan
has its turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from backend.concurrency.signal import Signal
from backend.drawing import PageInfo, TextItem
from backend.drawings.drawing_records import StoredDrawing, text_items, text_values
from backend.drawings.formats.sniff import KINDS
from backend.drawings.images.render import Renderer
from backend.drawings.text.scan_reader import ScanReader
from backend.drawings.workers.decode_pools import Workers
from backend.drawings.workers.jobs import TextJob
from backend.drawings.workers.worker_pool import WorkerPool
from backend.storage.database import Database
from backend.storage.drawings import DrawingStore

#: Called with owner, drawing and the page as it is now.
PageListener = Callable[[str, str, PageInfo], None]


class PageTexts:
    """Reads and keeps the texts of all drawings' pages."""

    def __init__(self, database: Database, workers: Workers, renderer: Renderer) -> None:
        self._rows = DrawingStore(database)
        self._workers = workers
        self._renderer = renderer
        self._reader = ScanReader(workers, renderer)
        self._on_recognised: Signal[str, str, PageInfo] = Signal()

    def on_recognised(self, listener: PageListener) -> Callable[[], None]:
        """Tell `listener` of each scanned page that has been read; the return value ends that."""
        return self._on_recognised.subscribe(listener)

    async def kept(self, owner: str, drawing_id: str, page: int) -> list[TextItem] | None:
        """A page's text as it was kept; None where it has not been read yet."""
        values = await self._rows.page_text(owner, drawing_id, page)
        return None if values is None else text_items(values)

    async def all(self, owner: str, stored: StoredDrawing) -> dict[int, list[TextItem]]:
        """The text of every page, by number; what has not been read yet is read now."""
        kept = await self._rows.page_texts(owner, stored.info.id)
        texts = await asyncio.to_thread(
            lambda: {number: text_items(values) for number, values in kept.items()}
        )
        for page in stored.info.pages:
            if page.number not in texts:
                texts[page.number] = await self.read(owner, stored, page)
        return texts

    async def read_ahead(self, owner: str, stored: StoredDrawing, page: PageInfo) -> None:
        """Read a page's text, once, where no picture has to wait for it."""
        await self._workers.interactive.quiet()
        if await self.kept(owner, stored.info.id, page.number) is None:
            await self._read(owner, stored, page, self._workers.background)

    async def read(self, owner: str, stored: StoredDrawing, page: PageInfo) -> list[TextItem]:
        """Read a page's text from the file and keep it; nothing where the file carries none."""
        return await self._read(owner, stored, page, self._workers.interactive)

    async def _read(
        self, owner: str, stored: StoredDrawing, page: PageInfo, pool: WorkerPool
    ) -> list[TextItem]:
        kind = KINDS[stored.format]
        if page.text_source == "none" or not kind.vector or kind.converted:
            return []
        source = await self._renderer.file(stored)
        job = TextJob(file=source, page=page.number, canvas=(page.width, page.height))
        values = (await pool.run(job)).result
        await self._keep(owner, stored, page, values)
        return text_items(values)

    async def recognise(self, owner: str, stored: StoredDrawing, page: PageInfo) -> PageInfo:
        """Give a page without text what OCR finds on it, once, and tell who listens; the page
        as it is then."""
        if await self.kept(owner, stored.info.id, page.number) is not None:
            return page
        items = await self._reader.read(stored, page)
        read = replace(page, text_source="ocr" if items else "none")
        if await self._keep(owner, stored, read, text_values(items)):
            self._on_recognised.emit(owner, stored.info.id, read)
        return read

    async def _keep(
        self, owner: str, stored: StoredDrawing, page: PageInfo, values: Sequence[dict[str, Any]]
    ) -> bool:
        where = owner, stored.info.id, page.number
        return await self._rows.save_page_text(*where, list(values), page.text_source)
