"""Small files that would unfold to something huge: each ends with a typed error, in its limits,
and the next drawing is read as if nothing had been. The bombs of DXF and SVG are in
`test_vector_formats.py`."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from backend.config.settings import Settings
from backend.drawings.library import DrawingLibrary
from backend.errors import BadProportions, DrawingChatError, RenderFailed, TooComplex, TooManyPixels
from tests.drawing_library import open_library
from tests.drawing_samples import encoded, pdf, png, png_claiming, sheet

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    settings = {"decode_seconds": 10, "max_image_pixels": 20_000_000, "max_entities": 1000}
    async with open_library(tmp_path_factory.mktemp("bombs"), **settings) as library:
        yield library


def _white(format_name: str, side: int, **options: object) -> bytes:
    """A white square: a few kilobytes, whatever its side."""
    mode = "1" if options else "RGB"
    return encoded(Image.new(mode, (side, side), 1 if options else "white"), format_name, **options)


def _jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(encoded(sheet(200, 150), "JPEG"))
    at = data.index(b"\xff\xc0")  # the frame header: length, precision, height, width
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _bmp_claiming(width: int, height: int) -> bytes:
    data = bytearray(encoded(sheet(200, 150), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def _nested_forms() -> bytes:
    """Eleven forms, each drawn ten times by the next: 10¹⁰ rectangles in two kilobytes."""
    head = "/Type/XObject/Subtype/Form/BBox[0 0 400 300]"
    bodies = []
    for level in range(10):
        drawn = f"/F{level + 1} Do " * 10
        resources = f"/Resources<</XObject<</F{level + 1} {11 + level} 0 R>>>>"
        bodies.append(
            f"<<{head}{resources}/Length {len(drawn)}>>stream\n{drawn}\nendstream".encode()
        )
    last = "1 0 0 rg 0 0 400 300 re f"
    bodies.append(f"<<{head}/Length {len(last)}>>stream\n{last}\nendstream".encode())
    return pdf("/Im0 Do", objects=tuple(bodies))


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("png", png_claiming(60_000, 60_000), TooManyPixels),
        ("jpeg", _jpeg_claiming(65_500, 65_500), TooManyPixels),
        ("webp", _white("WEBP", 5000, quality=1), TooManyPixels),
        ("tiff", _white("TIFF", 30_000, compression="group4"), TooManyPixels),
        ("bmp", _bmp_claiming(60_000, 60_000), TooManyPixels),
        ("hpgl", b"\x1b%1BIN;SP1;" + b"PD1,1;" * 20_000, TooComplex),
    ],
    ids=["png", "jpeg", "webp", "tiff", "bmp", "hpgl"],
)
async def test_what_is_too_large_is_refused_before_it_is_decoded(
    library: DrawingLibrary, name: str, data: bytes, error: type[DrawingChatError]
) -> None:
    assert len(data) < 300_000
    with pytest.raises(error):
        await library.add_bytes("me", name, data)
    assert (await library.add_bytes("me", "good.png", png())).pages


async def test_a_pdf_that_draws_without_end_fails_alone(library: DrawingLibrary) -> None:
    bomb = _nested_forms()
    with pytest.raises((RenderFailed, TooComplex)):
        info = await library.add_bytes("me", "bomb.pdf", bomb)
        await library.overview("me", info.id, 1)
    good = await library.add_bytes("me", "good.pdf", pdf())
    assert (await library.overview("me", good.id, 1)).width > 0


async def test_a_pdf_page_of_any_size_is_kept_within_the_pixels(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "huge.pdf", pdf(box=(0, 0, 14_400_000, 14_400_000)))
    (page,) = info.pages
    assert page.width * page.height <= 20_000_000
    assert "dpi instead of" in info.warnings[0]
    assert (await library.crop("me", info.id, 1, (0, 0, 50, 50))).width >= 32


async def test_entities_and_proportions_are_settings(tmp_path: Path) -> None:
    few = b"\x1b%1BIN;SP1;" + b"PU0,0;PD400,400;" * 6000
    strip = encoded(Image.new("L", (900, 100), 255), "PNG")
    async with open_library(tmp_path / "as they are") as library:
        assert (await library.add_bytes("me", "few.plt", few)).pages
        assert (await library.add_bytes("me", "strip.png", strip)).pages
    tight = Settings(max_entities=1000, max_aspect_ratio=8, min_image_side=64).model_dump(
        include={"max_entities", "max_aspect_ratio", "min_image_side"}
    )
    async with open_library(tmp_path / "tight", **tight) as library:
        with pytest.raises(TooComplex):
            await library.add_bytes("me", "few.plt", few)
        with pytest.raises(BadProportions, match="the limit is 1:8"):
            await library.add_bytes("me", "strip.png", strip)
        with pytest.raises(BadProportions, match="at least 64"):
            small = encoded(Image.new("L", (60, 60), 255), "PNG")
            await library.add_bytes("me", "small.png", small)
