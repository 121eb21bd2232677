"""Balloons drawn on real pages: vector stays vector, turned pages and scans come out right."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image

from backend.drawings.library import DrawingLibrary
from tests.drawing_library import open_library
from tests.drawing_samples import pdf, png

pytestmark = pytest.mark.anyio

TEXT = "BT /F1 20 Tf 60 200 Td (M8x1) Tj ET"


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("balloons")) as library:
        yield library


def turned(data: bytes, by: int) -> bytes:
    document = pdfium.PdfDocument(data)
    document[0].set_rotation(by)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def mark(x: float, y: float, radius: float = 40, text: str = "17") -> dict[str, Any]:
    return {"x": x, "y": y, "radius": radius, "text": text, "target": (x + 120, y)}


def is_balloon_red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 140 and pixel[1] < 90 and pixel[2] < 140


def ring_is_drawn(image: Image.Image, canvas: tuple[int, int], x: float, y: float) -> bool:
    """Whether the circle is there above, below and on the left, and its line on the right."""
    scale = image.width / canvas[0]
    points = [(x - 40, y), (x, y - 40), (x, y + 40), (x + 80, y)]
    for px, py in points:
        around = [
            image.getpixel((round(px * scale) + dx, round(py * scale) + dy))
            for dx in range(-3, 4)
            for dy in range(-3, 4)
        ]
        if not any(is_balloon_red(pixel) for pixel in around if isinstance(pixel, tuple)):
            return False
    return True


@pytest.mark.parametrize("by", [0, 90, 180, 270])
async def test_a_turned_pdf_page(library: DrawingLibrary, by: int) -> None:
    info = await library.add_bytes("local", "a.pdf", turned(pdf(TEXT), by))
    page = info.pages[0]
    data = await library.marked("local", info.id, 1, [mark(300, 250)])
    document = pdfium.PdfDocument(data)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    assert "M8x1" in text  # still text
    assert "17" in text
    shown = document[0].render(scale=300 / 72).to_pil().convert("RGB")
    assert abs(shown.width - page.width) <= 1
    assert ring_is_drawn(shown, (page.width, page.height), 300, 250)


async def test_a_scan_as_png(library: DrawingLibrary) -> None:
    info = await library.add_bytes("local", "a.png", png(1200, 800))
    data = await library.marked("local", info.id, 1, [mark(300, 250)], png=True)
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert ring_is_drawn(image, (1200, 800), 300, 250)


async def test_the_original_is_not_touched(library: DrawingLibrary, tmp_path: Path) -> None:
    data = pdf(TEXT + " 1 1 5 5 re f")
    info = await library.add_bytes("local", "b.pdf", data)
    await library.marked("local", info.id, 1, [mark(100, 100)])
    path, _ = await library.original("local", info.id)
    assert path.read_bytes() == data
