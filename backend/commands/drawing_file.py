"""A drawing file taken in without a server: as an upload, into a folder that is thrown away.

Pages without text are recognised before anything is asked of them.
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

#: Whose the drawing is while it is open.
OWNER = "local"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[DrawingLibrary, DrawingInfo]]:
    """A library with this one drawing, its scanned pages recognised. Raises the tree's upload
    errors, `OSError` for the file."""
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
    """The text of every page of a drawing file. Raises as `opened`."""
    async with opened(path) as (library, info):
        return await texts_of(library, OWNER, info, path.name)


async def texts_of(
    library: DrawingLibrary, owner: str, info: DrawingInfo, name: str
) -> list[PageText]:
    """The texts of a drawing's pages, which go by the file's name."""
    texts = await library.all_text(owner, info.id)
    return [PageText.of(name, page, texts[page.number]) for page in info.pages]


async def recognised(library: DrawingLibrary, owner: str, info: DrawingInfo) -> DrawingInfo:
    """Wait until the drawing's pages without text have been recognised, and say so meanwhile;
    the drawing as it is then. Where recognition is off or not installed it does not wait."""
    ended = asyncio.Event()

    def listen(who: str, drawing: str, _: PageInfo, reading: bool) -> None:
        if (who, drawing) == (owner, info.id) and not reading:
            ended.set()

    stop = library.on_reading(listen)
    try:
        await library.all_text(owner, info.id)  # asks for every page, whatever its number
        total = len(library.reading(owner, info.id))
        while left := len(library.reading(owner, info.id)):
            _say(f"{info.name}: recognising text, page {total - left + 1} of {total}")
            ended.clear()
            await ended.wait()
    finally:
        stop()
    return await library.info(owner, info.id)


def _say(text: str) -> None:
    """Progress, for a person who waits; whoever reads the output gets the result alone."""
    print(text, file=sys.stderr)
