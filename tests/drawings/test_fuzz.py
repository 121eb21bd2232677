"""Damaged files of every format: typed errors only, the server alive, nothing left behind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.drawings.library import DrawingLibrary
from backend.errors import DrawingChatError
from tests.drawing_library import files_in, open_library
from tests.drawing_samples import encoded, pdf, png, sheet, tiff
from tests.drawings import vector_samples as samples

pytestmark = pytest.mark.anyio

SEED = 20_260
#: Mutations of each sample; some formats are slower to read.
COUNT = 300
SLOW_COUNT = 120
SLOW = ("dxf", "dxf binary", "hpgl")

_TEXT_PDF = pdf("BT /F1 14 Tf 100 120 Td (\xd825 H7) Tj ET 0 g 10 10 200 5 re f")
SEEDS = {
    "png": png(200, 150),
    "jpeg": encoded(sheet(200, 150), "JPEG"),
    "webp": encoded(sheet(200, 150), "WEBP"),
    "bmp": encoded(sheet(200, 150), "BMP"),
    "tiff g4": tiff(pages=2, size=(200, 150)),
    "tiff lzw": tiff(pages=1, compression="tiff_lzw", size=(200, 150)),
    "pdf": _TEXT_PDF,
    "svg": samples.SVG.encode(),
    "hpgl": samples.PLOT,
    "dxf": samples.dxf_bytes(samples.part_sheet()),
    "dxf binary": samples.dxf_bytes(samples.part_sheet(), binary=True),
}


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    settings = {"decode_seconds": 5, "max_image_pixels": 20_000_000, "max_pages": 50}
    async with open_library(tmp_path_factory.mktemp("fuzz"), **settings) as library:
        yield library


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """A few wounds: bytes changed, pieces cut out, doubled or moved, the end cut off."""
    wounded = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(wounded) or 1)
        length = chance.choice((1, 2, 4, 16, 200))
        kind = chance.randrange(7)
        if kind <= 1:
            for index in range(at, min(len(wounded), at + chance.choice((1, 1, 4)))):
                wounded[index] = chance.randrange(256)
        elif kind == 2:
            wounded[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"9999", b"-1e9")
            )
        elif kind == 3:
            del wounded[at : at + length]
        elif kind == 4:
            wounded[at:at] = wounded[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 5:
            wounded[at:at] = bytes(wounded[: length * 4])
        elif chance.random() < 0.3:
            del wounded[at:]
    return bytes(wounded)


@pytest.mark.fault(26)
@pytest.mark.parametrize("name", list(SEEDS))
async def test_damaged_files(library: DrawingLibrary, name: str) -> None:
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 - repeatable, not secret
    folder = library._store.scratch.parent
    outcomes: Counter[str] = Counter()
    for _ in range(SLOW_COUNT if name in SLOW else COUNT):
        outcomes[await _try(library, _mutated(SEEDS[name], chance))] += 1
    assert outcomes["read"], outcomes  # some wounds do not matter
    assert sum(outcomes.values()) - outcomes["read"] > 5, outcomes
    assert _left(folder) == []
    info = await library.add_bytes("me", "good", SEEDS[name])
    assert (await library.overview("me", info.id, 1)).width > 0
    await library.delete("me", info.id)


async def _try(library: DrawingLibrary, data: bytes) -> str:
    """Take it in, look at it, read it, delete it; any other exception fails the test."""
    try:
        info = await library.add_bytes("me", "wounded", data)
    except DrawingChatError as error:
        assert error.code != "internal"
        return error.code
    outcome = "read"
    try:
        await library.overview("me", info.id, 1)
        page = info.pages[-1]
        await library.crop("me", info.id, page.number, (0, 0, page.width / 2, page.height / 3))
        await library.text("me", info.id, 1)
    except DrawingChatError as error:
        outcome = error.code
    await library.delete("me", info.id)
    return outcome


def _left(folder: Path) -> list[str]:
    """Files that should not be there any more."""
    kept = ("test.sqlite3", "ezdxf")  # the database; the drawing library's font list
    names = [str(path.relative_to(folder)) for path in files_in(folder)]
    return [name for name in names if not any(word in name for word in (*kept, "test.lock"))]
