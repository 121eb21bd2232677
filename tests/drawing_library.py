"""A real library with real workers, for the tests that need decoding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from backend.config.settings import Settings
from backend.drawings.library import DrawingLibrary
from backend.evidence.index.sheet_index import PageText
from backend.model.service import ModelImage
from backend.storage.database import Database


@asynccontextmanager
async def open_library(
    folder: Path, *, read_scans: bool = False, **settings: Any
) -> AsyncIterator[DrawingLibrary]:
    """A library in `folder`, closed afterwards; OCR only where a test is about it."""
    database = await Database.open(folder / "test.sqlite3")
    try:
        settings = {"ocr": read_scans, **settings}
        library = await DrawingLibrary.open(Settings(data_folder=folder, **settings), database)
        try:
            yield library
        finally:
            await library.close()
    finally:
        await database.close()


async def pages_of(library: DrawingLibrary, name: str, data: bytes) -> list[PageText]:
    """Take a file in and give its pages' text."""
    info = await library.add_bytes("local", name, data)
    texts = [await library.text("local", info.id, page.number) for page in info.pages]
    return [PageText.of(info.id, page, text) for page, text in zip(info.pages, texts, strict=True)]


def image_of(image: ModelImage) -> Image.Image:
    """A picture as Pillow sees it."""
    return Image.frombytes("RGB", (image.width, image.height), image.rgb)


def files_in(folder: Path) -> list[Path]:
    """Every file below `folder`."""
    return [path for path in folder.rglob("*") if path.is_file()]
