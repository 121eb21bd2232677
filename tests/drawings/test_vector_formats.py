"""DXF, SVG and HPGL/2 through real workers: sheets, pixels, text, bombs and references."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.drawings.library import DrawingLibrary
from backend.errors import DamagedFile, DrawingChatError, TooComplex, UnsupportedFormat
from tests.drawing_library import files_in, image_of, open_library
from tests.drawing_samples import png
from tests.drawings import vector_samples as samples

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("vector"), decode_seconds=10) as library:
        yield library


@pytest.mark.parametrize("binary", [False, True])
async def test_dxf_sheets_and_their_text(library: DrawingLibrary, binary: bool) -> None:
    data = samples.dxf_bytes(samples.part_sheet(), binary)
    info = await library.add_bytes("me", "part.dxf", data)
    assert info.media_type == "image/vnd.dxf"
    assert [(page.label, page.width, page.height) for page in info.pages] == [
        ("Layout1", 4961, 3508),
        ("Model", 4961, 3508),
    ]
    for page, wanted in (
        (1, {"7.5 +0.02/-0.01", "⌖|Ø0.1Ⓜ|A|B", "100", "4711", "SHEET 1"}),
        (2, {"7.5 +0.02/-0.01", "⌖|Ø0.1Ⓜ|A|B", "100", "4711"}),
    ):
        items = {item.text: item for item in await library.text("me", info.id, page)}
        assert wanted <= set(items)
        for text in wanted:
            box = items[text].box
            crop = image_of(await library.crop("me", info.id, page, box)).convert("L")
            ink = sum(crop.histogram()[:200]) / (crop.width * crop.height)
            assert 0.01 < ink < 0.6, text
    # 5 mm letters at (300, 10) of a paper whose margins are 10 mm.
    sheet = next(i for i in await library.text("me", info.id, 1) if i.text == "SHEET 1")
    assert sheet.box[0] == pytest.approx(310 / 25.4 * 300, abs=15)
    assert sheet.box[3] == pytest.approx(5 / 25.4 * 300, abs=8)


async def test_a_lost_conversion_is_made_again(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "part.dxf", samples.dxf_bytes(samples.part_sheet()))
    before = await library.overview("me", info.id, 1)
    await asyncio.to_thread(library._store.derived(info.sha256).unlink)
    library._renderer._images.clear()
    assert (await library.overview("me", info.id, 1)).key == before.key


@pytest.mark.fault(34)
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (samples.nested_blocks(), TooComplex),
        (samples.block_grid(), TooComplex),
        (samples.endless_text("TEXT"), TooComplex),
        (samples.endless_text("MTEXT"), TooComplex),
        (samples.endless_text("ATTRIB"), TooComplex),
        (samples.block_in_itself(), DamagedFile),
        (samples.dxf_bytes(samples.part_sheet())[:9000], DamagedFile),
        (b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n", DamagedFile),
    ],
    ids=["nested", "grid", "text", "mtext", "attribute", "itself", "cut", "empty"],
)
async def test_dxf_bombs_end_typed(
    library: DrawingLibrary, data: bytes, error: type[DrawingChatError]
) -> None:
    folder = library._store.scratch.parent
    with pytest.raises(error):
        await library.add_bytes("me", "bomb.dxf", data)
    assert not files_in(folder / "spool")
    assert (await library.add_bytes("me", "good.png", png())).pages


@pytest.mark.fault(35)
async def test_outside_references_are_not_opened(library: DrawingLibrary, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(100, 100, (255, 0, 0)))
    info = await library.add_bytes("me", "refs.dxf", samples.outside_references(str(secret)))
    image = image_of(await library.overview("me", info.id, 1))
    colours = image.getcolors(1_000_000) or []
    assert not [colour for _, colour in colours if colour[0] > 200 and colour[1] < 60]


async def test_svg_pixels_and_text(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "part.svg", samples.SVG.encode())
    (page,) = info.pages
    assert (page.width, page.height, page.text_source) == (2480, 3508, "vector")
    scale = 300 / 25.4
    crop = image_of(
        await library.crop("me", info.id, 1, (49 * scale, 99 * scale, 22 * scale, 22 * scale))
    )
    assert crop.getpixel((crop.width // 2, crop.height // 2)) == (200, 30, 40)
    assert crop.getpixel((4, 4)) == (255, 255, 255)
    items = {item.text: item for item in await library.text("me", info.id, 1)}
    assert {"Ø25 H7", "60 ±0.1", "R", "hidden?"} == set(items)
    assert items["60 ±0.1"].angle == 270
    assert items["Ø25 H7"].box[0] == pytest.approx(50 * scale, abs=2)


async def test_svg_without_a_size_is_fitted_to_a3(library: DrawingLibrary) -> None:
    data = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><path d="M0 0h9v9z"/></svg>'
    )
    info = await library.add_bytes("me", "plain.svg", data)
    assert (info.pages[0].width, info.pages[0].height) == (4961, 2480)
    assert "A3" in info.warnings[0]


@pytest.mark.fault(36)
async def test_svg_entities_and_references(library: DrawingLibrary, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(100, 100, (255, 0, 0)))
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>'
    with pytest.raises(UnsupportedFormat, match="entities"):
        await library.add_bytes("me", "x.svg", (entity + samples.SVG.partition("?>")[2]).encode())
    image = f'<image href="file://{secret}" width="210" height="297"/>'
    image += (
        '<use href="http://127.0.0.1:9/x.svg#a"/><style>@import url(http://127.0.0.1:9/);</style>'
    )
    data = samples.SVG.replace("</svg>", image + "</svg>").encode()
    info = await library.add_bytes("me", "refs.svg", data)
    picture = image_of(await library.overview("me", info.id, 1))
    assert picture.getpixel((picture.width - 20, picture.height - 20)) == (255, 255, 255)


@pytest.mark.fault(36)
async def test_an_svg_bomb_ends_typed(library: DrawingLibrary) -> None:
    levels = "".join(
        f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
    )
    data = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><defs>'
        f'<g id="g0"><circle r="5"/></g>{levels}</defs><use href="#g11"/></svg>'
    )
    with pytest.raises(TooComplex, match="elements"):
        await library.add_bytes("me", "bomb.svg", data.encode())
    assert (await library.add_bytes("me", "good.png", png())).pages


async def test_plot_files(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "part.plt", samples.PLOT)
    (page,) = info.pages
    assert (page.width, page.height) == (round(210 / 25.4 * 300), round(150 / 25.4 * 300))
    items = {item.text: item for item in await library.text("me", info.id, 1)}
    assert set(items) == {"20 H7", "Up"}
    assert items["Up"].angle == 270
    crop = image_of(await library.crop("me", info.id, 1, items["20 H7"].box)).convert("L")
    assert sum(crop.histogram()[:128]) > 0.05 * crop.width * crop.height
    with pytest.raises(DamagedFile):
        await library.add_bytes("me", "none.plt", b"\x1b%1BIN;SP1;PU0,0;")
