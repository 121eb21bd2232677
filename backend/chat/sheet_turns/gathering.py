"""Gathers drawings as `sheet_answers` needs them: text and tables, cached per text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from cachetools import LRUCache

from backend.chat.prompt.prompt_sheets import Attachment
from backend.drawing import DrawingInfo, TextItem
from backend.errors import DrawingChatError, NotFound
from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.page_tables import PageExtraction, combined
from backend.extraction.tables.table import Kind, Table
from backend.sheet_answers.sheet import TABLES, Sheet

logger = logging.getLogger(__name__)

#: Drawings whose tables are cached, and pages of a drawing that are read for an answer.
KEPT_DRAWINGS, MOST_PAGES = 64, 40

_Key = tuple[str, str, tuple[tuple[int, int, str], ...]]


class ReadSheets(Protocol):
    """The part of the drawing library that answers need. Unknown ids raise `NotFound`."""

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo: ...
    async def all_text(self, owner: str, drawing_id: str) -> dict[int, list[TextItem]]: ...
    def reading(self, owner: str, drawing_id: str) -> frozenset[int]:
        """Return the pages whose text is still being recognised."""


class SheetGathering:
    """Sheets by drawing. Tables are built in a thread, once for each state of the text."""

    def __init__(self, sheets: ReadSheets) -> None:
        self._sheets = sheets
        self._tables: LRUCache[_Key, dict[Kind, Table]] = LRUCache(KEPT_DRAWINGS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def gather(self, owner: str, attachments: Sequence[Attachment]) -> list[Sheet]:
        """Return the attached drawings in order, without deleted ones.

        A drawing attached with a page is limited to that page.
        """
        found = []
        for drawing_id in dict.fromkeys(one.drawing_id for one in attachments):
            numbers = {one.page for one in attachments if one.drawing_id == drawing_id}
            pages = None if None in numbers else {page for page in numbers if page is not None}
            try:
                found.append(await self.sheet(owner, drawing_id, pages))
            except NotFound:
                continue
        return found

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        """Return name, content hash and pages of a drawing. Raises `NotFound`."""
        return await self._sheets.info(owner, drawing_id)

    async def sheet(self, owner: str, drawing_id: str, pages: set[int] | None = None) -> Sheet:
        """Return one drawing with its first pages, or the named ones. Raises `NotFound`."""
        info = await self._sheets.info(owner, drawing_id)
        texts = await self._sheets.all_text(owner, drawing_id)
        chosen = [
            PageText.of(drawing_id, page, texts.get(page.number, []))
            for page in info.pages[:MOST_PAGES]
            if pages is None or page.number in pages
        ]
        state = tuple((page.page, len(page.items), page.text_source) for page in chosen)
        key = owner, drawing_id, state
        tables = self._tables.get(key)
        if tables is None:
            tables = self._tables[key] = await asyncio.to_thread(_tables_of, chosen)
        reading = self._sheets.reading(owner, drawing_id) & {page.page for page in chosen}
        return Sheet(drawing_id, info.name, chosen, tables, bool(reading))

    def make_ahead(self, owner: str, drawing_id: str) -> None:
        """Build a new drawing's tables in the background, before the first question."""
        task = asyncio.create_task(self._make(owner, drawing_id), name="sheet-tables")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel the background work."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _make(self, owner: str, drawing_id: str) -> None:
        try:
            await self.sheet(owner, drawing_id)
        except DrawingChatError as error:
            logger.info("The tables of a drawing were not made ahead: %s", error)


def _tables_of(pages: Sequence[PageText]) -> dict[Kind, Table]:
    extractions = [PageExtraction(page) for page in pages]
    return {kind: combined(kind, [one.table(kind) for one in extractions]) for kind in TABLES}
