"""Builds the sheet maps of uploaded drawings in the background, one at a time.

A map that is not finished when the server stops is built when its drawing is opened. This module
decides when; the `Extractor` does the work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from backend.drawing import PageInfo
from backend.errors import DrawingChatError
from backend.extraction.extractor import Extractor

logger = logging.getLogger(__name__)

#: Pages per drawing that are mapped in advance (a dense A0 takes some 1.5 s of a slow core), and
#: drawings in the queue; any others get their map when they are opened.
PAGES, WAITING = 20, 256


class Uploads(Protocol):
    """The part of the drawing library that reports new drawings."""

    def on_ready(self, callback: Callable[[str, str], None]) -> None: ...
    def on_reading(
        self, listener: Callable[[str, str, PageInfo, bool], None]
    ) -> Callable[[], None]: ...
    def reading(self, owner: str, drawing_id: str) -> frozenset[int]: ...
    async def quiet(self) -> None: ...


class MapAhead:
    """A queue of drawings with one worker task; ended by `close`."""

    def __init__(self, extractor: Extractor, uploads: Uploads) -> None:
        self._extractor = extractor
        self._uploads = uploads
        self._waiting: dict[tuple[str, str], None] = {}
        self._task: asyncio.Task[None] | None = None
        uploads.on_ready(self._want)
        self._unfollow = uploads.on_reading(self._read)

    async def settled(self) -> None:
        """Wait until the queue is empty."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Stop; unfinished maps are built when their drawing is opened."""
        self._unfollow()
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _want(self, owner: str, drawing_id: str) -> None:
        """Queue a drawing; a scan waits until its text has been read."""
        if self._uploads.reading(owner, drawing_id) or len(self._waiting) >= WAITING:
            return
        self._waiting[owner, drawing_id] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="maps-ahead")

    def _read(self, owner: str, drawing_id: str, _: PageInfo, reading: bool) -> None:
        if not reading:
            self._want(owner, drawing_id)

    async def _run(self) -> None:
        while self._waiting:
            owner, drawing_id = next(iter(self._waiting))
            del self._waiting[owner, drawing_id]
            await self._uploads.quiet()
            try:
                info = await self._extractor.sheets.info(owner, drawing_id)
                if len(info.pages) <= PAGES:
                    job = await self._extractor.start(owner, drawing_id, "views", model=False)
                    await job.ended.wait()
            except DrawingChatError as error:
                logger.info("The parts of a drawing were not looked for: %s", error)
