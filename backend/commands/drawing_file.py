"""A drawing file taken in without a server: as an upload, into a folder that is thrown away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from backend.config.settings import load_settings
from backend.drawing import DrawingInfo
from backend.drawings.library import DrawingLibrary
from backend.storage.database import Database

#: Whose the drawing is while it is open.
OWNER = "local"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[DrawingLibrary, DrawingInfo]]:
    """A library with this one drawing. Raises the tree's upload errors, `OSError` for the file."""
    async with AsyncExitStack() as stack:
        data = await asyncio.to_thread(path.read_bytes)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await Database.open(folder / "drawing.sqlite3")
        stack.push_async_callback(database.close)
        library = await DrawingLibrary.open(load_settings(data_folder=folder), database)
        stack.push_async_callback(library.close)
        yield library, await library.add_bytes(OWNER, path.name, data)
