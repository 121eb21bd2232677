"""Scans larger than are kept decoded: preview at once, pyramid later, the same pixels."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from backend.drawings.library import DrawingLibrary
from backend.drawings.workers.jobs import Encoding
from tests.drawing_library import files_in, open_library
from tests.drawing_samples import encoded

pytestmark = pytest.mark.anyio

WIDTH, HEIGHT = 5200, 4100
PNG = Encoding("png", "default", 0.0, False)


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("large")) as library:
        yield library


def _scan() -> Image.Image:
    """Bilevel, with a pattern that tells every place apart and a single last pixel."""
    image = Image.new("1", (WIDTH, HEIGHT), 1)
    pixels = image.load()
    for x in range(0, WIDTH, 7):
        for y in range((x * 13) % 97, HEIGHT, 97):
            pixels[x, y] = 0
    pixels[WIDTH - 1, HEIGHT - 1] = 0
    return image


async def _tile(
    library: DrawingLibrary, drawing: str, region: tuple[int, int, int, int], size: tuple[int, int]
) -> Image.Image:
    return Image.open(io.BytesIO(await library.encoded("me", drawing, 1, region, size, PNG)))


async def test_preview_then_pyramid_then_nothing(library: DrawingLibrary) -> None:
    scan = _scan()
    info = await library.add_bytes("me", "a0.tif", encoded(scan, "TIFF", compression="group4"))
    cache = library._store.scratch.parent / "cache" / info.sha256
    assert any(path.name.startswith("preview-1") for path in files_in(cache))
    whole = (0, 0, WIDTH, HEIGHT)
    early = await _tile(library, info.id, whole, (650, 512))

    await library.background.settled()
    assert any(path.name.startswith("pyramid-1") for path in files_in(cache))
    late = await _tile(library, info.id, whole, (650, 513))
    grey = scan.convert("L").resize((650, 512), Image.Resampling.BOX)
    for shown in (early, late.resize((650, 512))):
        assert _difference(shown.convert("L"), grey) < 8

    for box in ((0, 0, 512, 512), (2600, 2050, 512, 512), (WIDTH - 300, HEIGHT - 300, 300, 300)):
        x, y, w, h = box
        tile = await _tile(library, info.id, box, (w, h))
        assert tile.convert("L").tobytes() == scan.crop((x, y, x + w, y + h)).convert("L").tobytes()

    await library.delete("me", info.id)
    assert not cache.exists()


async def test_a_turned_scan_is_turned_once(library: DrawingLibrary) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = _scan().convert("L")
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    data = encoded(turned, "JPEG", quality=95, exif=exif)
    info = await library.add_bytes("me", "photo.jpg", data)
    assert (info.pages[0].width, info.pages[0].height) == (WIDTH, HEIGHT)
    before = await _tile(library, info.id, (1000, 1000, 400, 400), (400, 400))
    await library.background.settled()
    after = await _tile(library, info.id, (1000, 1000, 400, 400), (401, 401))
    wanted = upright.crop((1000, 1000, 1400, 1400))
    assert _difference(before.convert("L"), wanted) < 6
    assert _difference(after.convert("L").resize((400, 400)), wanted) < 12


async def test_tiles_come_from_the_disk_the_second_time(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "a.png", encoded(_scan().crop((0, 0, 900, 900)), "PNG"))
    first = await library.encoded("me", info.id, 1, (0, 0, 300, 300), (300, 300), PNG)
    await library.workers.interactive.close()  # nobody is left who could draw it again
    again = await library.encoded("me", info.id, 1, (0, 0, 300, 300), (300, 300), PNG)
    assert first == again


def _difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two grey pictures, 0 to 255."""
    pairs = zip(a.tobytes(), b.tobytes(), strict=True)
    return sum(abs(x - y) for x, y in pairs) / (a.width * a.height)
