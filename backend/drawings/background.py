"""Prepares stored drawings in the background: pyramids for large scans, then text recognition.

Jobs run one at a time at the lowest priority. A failure here only loses an optimisation; the
drawing is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from backend.concurrency.signal import Signal
from backend.drawing import PageInfo
from backend.drawings.drawing_records import StoredDrawing
from backend.drawings.images.render import Renderer, needs_pyramid
from backend.errors import DrawingChatError

logger = logging.getLogger(__name__)

#: Pages of a drawing that are prepared ahead; later pages are prepared when first viewed.
PREPARED_PAGES = 40

#: Reads the text of a page and stores it.
ReadPage = Callable[[str, StoredDrawing, PageInfo], Awaitable[None]]
#: Recognises the text of a page that has none; returns the updated page.
RecognisePage = Callable[[str, StoredDrawing, PageInfo], Awaitable[PageInfo]]
#: Called with the owner, the drawing, the updated page, and whether recognition is running.
ReadingListener = Callable[[str, str, PageInfo, bool], None]


class Background:
    """A queue of pages to prepare, worked through by one task."""

    def __init__(
        self, renderer: Renderer, read_ahead: ReadPage, recognise: RecognisePage | None
    ) -> None:
        self._renderer = renderer
        self._read_ahead = read_ahead
        self._recognise = recognise
        self._queue: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._known: set[tuple[str, str, str, int]] = set()
        self._reading: set[tuple[str, str, int]] = set()
        self._on_reading: Signal[str, str, PageInfo, bool] = Signal()
        self._task: asyncio.Task[None] | None = None

    def on_reading(self, listener: ReadingListener) -> Callable[[], None]:
        """Call `listener` when recognition of a page is queued and when it ends, successfully or
        not. Returns a function that unsubscribes."""
        return self._on_reading.subscribe(listener)

    def reading(self, owner: str, drawing_id: str) -> frozenset[int]:
        """Numbers of the pages whose text recognition is queued or running."""
        return frozenset(
            n for who, drawing, n in self._reading if (who, drawing) == (owner, drawing_id)
        )

    def prepare(self, owner: str, stored: StoredDrawing) -> None:
        """Queue the pages of a new drawing: all pyramids first, then text. The text of every page
        of a multi-page document is read, since a question may refer to any of them."""
        pages = stored.info.pages[:PREPARED_PAGES]
        for page in pages:
            self.want_pyramid(stored, page)
        if len(stored.info.pages) > 1:
            for page in stored.info.pages:
                self._want_ahead(owner, stored, page)
        for page in pages:
            self.want_text(owner, stored, page)

    def want_pyramid(self, stored: StoredDrawing, page: PageInfo) -> None:
        """Queue the page's pyramid, once."""
        if needs_pyramid(stored, page):
            key = ("pyramid", "", stored.info.sha256, page.number)
            self._add(key, lambda: self._renderer.build_pyramid(stored, page))

    def want_text(self, owner: str, stored: StoredDrawing, page: PageInfo) -> None:
        """Queue text recognition of a page without text, once."""
        recognise = self._recognise
        if page.text_source == "none" and recognise is not None:
            key = ("text", owner, stored.info.id, page.number)
            if self._add(key, lambda: self._recognised(recognise, owner, stored, page)):
                self._report(owner, stored.info.id, page, True)

    async def _recognised(
        self, recognise: RecognisePage, owner: str, stored: StoredDrawing, page: PageInfo
    ) -> None:
        try:
            now = await recognise(owner, stored, page)
        except Exception:
            self._report(owner, stored.info.id, page, False)
            raise
        self._report(owner, stored.info.id, now, False)

    def _report(self, owner: str, drawing_id: str, page: PageInfo, reading: bool) -> None:
        where = owner, drawing_id, page.number
        if reading:
            self._reading.add(where)
        else:
            self._reading.discard(where)
        self._on_reading.emit(owner, drawing_id, page, reading)

    def _want_ahead(self, owner: str, stored: StoredDrawing, page: PageInfo) -> None:
        if page.text_source != "none":
            key = ("ahead", owner, stored.info.id, page.number)
            self._add(key, lambda: self._read_ahead(owner, stored, page))

    async def settled(self) -> None:
        """Wait until everything queued has run."""
        await self._queue.join()

    async def close(self) -> None:
        """Stop. Jobs that have not run are queued again when their page is viewed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _add(self, key: tuple[str, str, str, int], work: Callable[[], Awaitable[None]]) -> bool:
        """Queue the job unless it was queued before; returns whether it was added."""
        if key in self._known:
            return False
        self._known.add(key)
        self._queue.put_nowait(work)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="drawings-background")
        return True

    async def _run(self) -> None:
        while True:
            work = await self._queue.get()
            try:
                await work()
            except (DrawingChatError, OSError) as error:
                logger.warning("Could not prepare a drawing: %s", error)
            finally:
                self._queue.task_done()
