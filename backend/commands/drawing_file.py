"""Ingests a drawing file into a temporary folder, without a server.

Pages without text are recognised before the drawing is used.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from backend.config.settings import load_settings
from backend.drawing import DrawingInfo, PageInfo
from backend.drawings.library import DrawingLibrary
from backend.evidence.index.sheet_index import PageText
from backend.storage.database import Database

#: The owner of the drawing while it is open.
OWNER = "local"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[DrawingLibrary, DrawingInfo]]:
    """Yield a library with this one drawing, its scanned pages recognised.

    Raises the library's upload errors, and `OSError` for the file.
    """
    async with AsyncExitStack() as stack:
        data = await asyncio.to_thread(path.read_bytes)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await Database.open(folder / "drawing.sqlite3")
        stack.push_async_callback(database.close)
        library = await DrawingLibrary.open(load_settings(data_folder=folder), database)
        stack.push_async_callback(library.close)
        info = await library.add_bytes(OWNER, path.name, data)
        yield library, await recognised(library, OWNER, info)


async def page_texts(path: Path) -> list[PageText]:
    """Return the text of every page of a drawing file. Raises as `opened`."""
    async with opened(path) as (library, info):
        return await texts_of(library, OWNER, info, path.name)


async def texts_of(
    library: DrawingLibrary, owner: str, info: DrawingInfo, name: str
) -> list[PageText]:
    """Return the texts of a drawing's pages, under the file's name."""
    texts = await library.all_text(owner, info.id)
    return [PageText.of(name, page, texts[page.number]) for page in info.pages]


async def recognised(library: DrawingLibrary, owner: str, info: DrawingInfo) -> DrawingInfo:
    """Wait for text recognition of the drawing's scanned pages, print the progress, and return the
    updated drawing. Does not wait if recognition is off or not installed.
    """
    ended = asyncio.Event()

    def listen(who: str, drawing: str, _: PageInfo, reading: bool) -> None:
        if (who, drawing) == (owner, info.id) and not reading:
            ended.set()

    stop = library.on_reading(listen)
    try:
        await library.all_text(owner, info.id)  # queues every page, without a limit
        total = len(library.reading(owner, info.id))
        while left := len(library.reading(owner, info.id)):
            _say(f"{info.name}: recognising text, page {total - left + 1} of {total}")
            ended.clear()
            await ended.wait()
    finally:
        stop()
    return await library.info(owner, info.id)


def _say(text: str) -> None:
    """Print progress to standard error, so that standard output has only the result."""
    print(text, file=sys.stderr)
