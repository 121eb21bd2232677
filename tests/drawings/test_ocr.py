"""Scans get a text layer in the background, read by the real models."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from backend.drawing import TextItem
from backend.drawings.library import DrawingLibrary
from backend.drawings.text.scan_reader import ScanReader
from backend.errors import DamagedFile
from backend.evidence.index.search_text import normalise
from tests.drawing_library import open_library
from tests.drawing_samples import encoded
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "drawings"


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("ocr"), read_scans=True) as library:
        yield library


def _scan() -> bytes:
    sheet = Image.new("L", (1700, 1200), 255)
    font = ImageFont.load_default(44)
    ImageDraw.Draw(sheet).text((300, 200), "MATERIAL S235", font=font, fill=0)
    ImageDraw.Draw(sheet).text(
        (1180, 700), "SHEET 24 OF 31", font=font, fill=0
    )  # over the tiles' seam
    standing = Image.new("L", (300, 80), 255)
    ImageDraw.Draw(standing).text((20, 10), "125.50", font=font, fill=0)
    sheet.paste(standing.transpose(Image.Transpose.ROTATE_90), (900, 300))
    return encoded(sheet, "PNG")


async def test_a_scan_is_read_upright_and_turned(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "scan.png", _scan())
    assert info.pages[0].text_source == "none"
    await library.background.settled()
    assert (await library.info("me", info.id)).pages[0].text_source == "ocr"
    items = {normalise(i.text).replace(" ", ""): i for i in await library.text("me", info.id, 1)}
    assert {"materials235", "sheet24of31", "125.50"} == set(items)
    assert items["125.50"].angle == 270
    assert items["125.50"].box == pytest.approx((915, 430, 40, 150), abs=30)
    assert all(item.source == "ocr" and 0.7 < item.confidence <= 1 for item in items.values())


async def test_who_listens_is_told_when_a_page_has_been_read(library: DrawingLibrary) -> None:
    told: list[tuple[str, str, int, str]] = []
    stop = library.on_recognised(
        lambda owner, drawing, page: told.append((owner, drawing, page.number, page.text_source))
    )
    info = await library.add_bytes("me", "scan3.png", _scan() + b"\0\0")
    await library.background.settled()
    stop()
    await library.add_bytes("me", "scan4.png", _scan() + b"\0\0\0")
    await library.background.settled()
    assert told == [("me", info.id, 1, "ocr")]


async def test_who_listens_hears_that_a_page_is_being_read(library: DrawingLibrary) -> None:
    told: list[tuple[str, int, str, bool]] = []
    stop = library.on_reading(
        lambda _, drawing, page, reading: told.append(
            (drawing, page.number, page.text_source, reading)
        )
    )
    info = await library.add_bytes("me", "scan5.png", _scan() + b"\0\0\0\0")
    assert told == [(info.id, 1, "none", True)]
    assert library.reading("me", info.id) == {1}
    assert library.reading("other", info.id) == set()
    await library.background.settled()
    assert told[1:] == [(info.id, 1, "ocr", False)]
    assert library.reading("me", info.id) == set()
    await library.text("me", info.id, 1)
    assert len(told) == 2
    stop()


async def test_a_reading_that_fails_has_ended_too(
    library: DrawingLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> list[TextItem]:
        raise DamagedFile("No.")

    monkeypatch.setattr(ScanReader, "read", fail)
    info = await library.add_bytes("me", "scan6.png", _scan() + b"\0\0\0\0\0")
    assert library.reading("me", info.id) == {1}
    await library.background.settled()
    assert library.reading("me", info.id) == set()


async def test_reading_can_be_switched_off(tmp_path: Path) -> None:
    async with open_library(tmp_path, ocr=False) as library:
        info = await library.add_bytes("me", "scan.png", _scan())
        assert library.reading("me", info.id) == set()
        assert await library.text("me", info.id, 1) == []
        await library.background.settled()
        assert (await library.info("me", info.id)).pages[0].text_source == "none"


async def test_a_blank_page_is_read_once_and_says_so(library: DrawingLibrary) -> None:
    blank = encoded(Image.new("L", (1000, 1000), 250), "PNG")
    info = await library.add_bytes("me", "blank.png", blank)
    await library.background.settled()
    assert await library.text("me", info.id, 1) == []
    assert (await library.info("me", info.id)).pages[0].text_source == "none"


async def test_reading_lets_others_go_first(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "scan2.png", _scan() + b"\0")
    for x in range(0, 1000, 100):
        await library.crop("me", info.id, 1, (x, 0, 300, 300))
    assert (await library.info("me", info.id)).pages[0].text_source == "none"
    async with asyncio.timeout(HANG_SECONDS):
        await library.background.settled()
    assert (await library.info("me", info.id)).pages[0].text_source == "ocr"


#: Ground-truth texts that must be read, of 12 and 6: the rest is known not to be.
RECALL = {"Candle_holder": 11, "halter": 5}

if SAMPLES.is_dir():

    @pytest.mark.parametrize("name", list(RECALL))
    async def test_recall_on_real_scans(library: DrawingLibrary, name: str) -> None:
        data = (SAMPLES / f"{name}.jpg").read_bytes()
        info = await library.add_bytes("me", name, data)
        await library.background.settled()
        items = await library.text("me", info.id, 1)
        rows = list(csv.reader((SAMPLES / f"{name}.csv").read_text().splitlines()))
        found = [row[8] for row in rows if row[8] != "other_info" and _read(row, items)]
        assert len(found) >= RECALL[name], found


def _read(row: list[str], items: list[TextItem]) -> bool:
    """True where an item around the middle of the true box says the same."""
    middle = sum(map(int, row[0:8:2])) / 4, sum(map(int, row[1:8:2])) / 4
    return any(_holds(item, middle) and _letters(item.text) == _letters(row[8]) for item in items)


def _holds(item: TextItem, point: tuple[float, float]) -> bool:
    x, y, width, height = item.box
    return x - 5 <= point[0] <= x + width + 5 and y - 5 <= point[1] <= y + height + 5


def _letters(text: str) -> list[str]:
    """Numbers and words, sorted: stacks may be written in either order."""
    return sorted(re.findall(r"[+-]?\d+(?:\.\d+)?|[^\d\s/+-]+", normalise(text)))
