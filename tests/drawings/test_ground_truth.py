"""Real drawings: what they say comes out, with a box that covers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.drawings.library import DrawingLibrary
from backend.geometry import Box
from tests.drawing_library import image_of, open_library

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "drawings"


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("truth")) as library:
        yield library


#: Every dimension of Aufspannung.PDF, read from the sheet by eye, with the place of its ink
#: on the canvas. The Ø, the ∥ and the brackets are strokes, not text.
AUFSPANNUNG = {
    "2x Ø3.40 ±0.10": (509, 561, 375, 52),
    "R11.30/11.20": (848, 261, 96, 165),
    "R8.05": (1208, 256, 92, 139),
    "4.00 +0.10/-0.20": (1710, 513, 272, 96),
    "60.00 ±0.10": (1969, 1308, 42, 285),
    "6.95": (1177, 2220, 101, 42),
    "7.50 +0.10/-0.20": (1953, 2237, 270, 96),
    "∥|0,6|A": (318, 2350, 282, 82),
    "√Ra 6,5": (1782, 2486, 522, 214),
}


if SAMPLES.is_dir():

    async def test_every_dimension_of_the_clamping_sheet(library: DrawingLibrary) -> None:
        info = await library.add_bytes("me", "clamp", (SAMPLES / "Aufspannung.PDF").read_bytes())
        items = {item.text: item for item in await library.text("me", info.id, 1)}
        for text, box in AUFSPANNUNG.items():
            assert text in items, text
            assert items[text].box == pytest.approx(box, abs=2), text
            assert await _ink(library, info.id, items[text].box) > 0.02, text
        assert items["60.00 ±0.10"].angle == 270
        assert items["R8.05"].angle == pytest.approx(293.7, abs=0.2)
        # No dimension's parts stand alone beside it.
        assert not {"+0.10", "-0.20", "7.50", "4.00", "11.30", "11.20", "R", "±0.10"} & set(items)

    async def test_texts_of_the_dxf_sample(library: DrawingLibrary) -> None:
        data = (SAMPLES / "text_stacked_true_type_font.dxf").read_bytes()
        info = await library.add_bytes("me", "stacked", data)
        items = await library.text("me", info.id, 1)
        assert len(items) == 131
        assert {"STACKED", "WIDTH FACTOR 2", "MIRROR-X (BACKWARD)", "Top-Left"} <= {
            item.text for item in items
        }
        for item in items[::10]:
            assert await _ink(library, info.id, item.box) > 0.02, item

    async def test_dimensions_in_nested_blocks(library: DrawingLibrary) -> None:
        data = (SAMPLES / "dimension_in_nested_blocks.dxf").read_bytes()
        info = await library.add_bytes("me", "nested", data)
        tens = [item for item in await library.text("me", info.id, 1) if item.text == "10"]
        assert sorted(item.angle for item in tens) == [0, 0, 270, 315, 315, 315]


async def _ink(library: DrawingLibrary, drawing: str, box: Box) -> float:
    """The share of a box that is drawn on."""
    image = image_of(await library.crop("me", drawing, 1, box)).convert("L")
    return sum(image.histogram()[:220]) / (image.width * image.height)
