"""Every raster format and PDF through real workers: canvas, pixels, limits, ownership."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pyvips
from PIL import Image

from backend.drawings.library import DrawingLibrary
from backend.errors import (
    BadProportions,
    BadRegion,
    DamagedFile,
    DrawingChatError,
    EncryptedFile,
    NotFound,
    TooManyPages,
    TooManyPixels,
    UnsupportedFormat,
)
from tests.drawing_library import files_in, image_of, open_library
from tests.drawing_samples import encoded, pdf, png, png_claiming, sheet, tiff

pytestmark = pytest.mark.anyio

MARK = (200, 30, 40)


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    folder = tmp_path_factory.mktemp("library")
    async with open_library(folder, max_pages=40, max_image_pixels=100_000_000) as library:
        yield library


def _close(pixel: object, wanted: tuple[int, int, int], by: int = 12) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


def _big_tiff() -> bytes:
    image = pyvips.Image.new_from_memory(sheet().tobytes(), 640, 480, 3, "uchar")
    return bytes(image.tiffsave_buffer(bigtiff=True, compression="deflate", tile=True))


def _turned_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    return encoded(sheet().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def _deep_png() -> bytes:
    image = pyvips.Image.new_from_memory(sheet().tobytes(), 640, 480, 3, "uchar")
    deep = (image.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    return bytes(deep.pngsave_buffer())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("png", png()),
        ("jpeg", encoded(sheet(), "JPEG", quality=95)),
        ("webp", encoded(sheet(), "WEBP", quality=95)),
        ("bmp", encoded(sheet(), "BMP")),
        ("bigtiff", _big_tiff()),
        ("turned", _turned_jpeg()),
        ("16 bit", _deep_png()),
        ("palette", encoded(sheet().quantize(16), "PNG")),
        ("cmyk", encoded(sheet().convert("CMYK"), "JPEG", quality=95)),
        ("transparent", encoded(sheet().convert("RGBA"), "PNG")),
    ],
)
async def test_a_scan_keeps_its_own_pixels(library: DrawingLibrary, name: str, data: bytes) -> None:
    info = await library.add_bytes("me", name, data)
    (page,) = info.pages
    assert (page.width, page.height, page.text_source) == (640, 480, "none")
    overview = await library.overview("me", info.id, 1)
    assert (overview.width, overview.height) == (640, 480)
    image = image_of(overview)
    by = 40 if name == "cmyk" else 12  # inks are not these exact colours
    assert _close(image.getpixel((190, 150)), MARK, by)
    assert _close(image.getpixel((150, 110)), (255, 255, 255))
    crop = image_of(await library.crop("me", info.id, 1, (160, 120, 320, 320)))
    assert crop.size == (320, 320)
    assert _close(crop.getpixel((30, 30)), MARK, by)


@pytest.mark.parametrize(("stated", "known"), [(300, 300), (72, None), (96, None)])
async def test_a_resolution_that_programs_write_unasked_is_unknown(
    library: DrawingLibrary, stated: int, known: float | None
) -> None:
    data = encoded(sheet(), "JPEG", dpi=(stated, stated))
    info = await library.add_bytes("me", "photo.jpg", data)
    assert info.pages[0].dpi == (known and pytest.approx(known, abs=0.5))


async def test_pages_of_a_fax_tiff(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "fax.tif", tiff(pages=3))
    assert [(page.width, page.height, page.dpi) for page in info.pages] == [(640, 480, 300)] * 3
    for number in (3, 1, 2):
        image = image_of(await library.overview("me", info.id, number)).convert("L")
        drawn = [image.getpixel((60 + 60 * index, 40)) == 0 for index in range(3)]
        assert drawn == [index < number for index in range(3)]
    with pytest.raises(NotFound, match="no page 4"):
        await library.overview("me", info.id, 4)


async def test_a_pdf_page_is_drawn_sharply_at_the_spot(library: DrawingLibrary) -> None:
    # A square of 50 points, its corner at (100, 100) from the bottom left of 400×300 points.
    info = await library.add_bytes("me", "plan.pdf", pdf())
    (page,) = info.pages
    assert (page.width, page.height, page.dpi) == (1667, 1250, 300)
    scale = 300 / 72
    left, top = 100 * scale, (300 - 150) * scale
    crop = await library.crop("me", info.id, 1, (left - 8, top - 8, 32, 32))
    image = image_of(crop)
    assert crop.width >= 4 * 24  # larger than its 32 canvas pixels: drawn again, not scaled
    edge = image.width * 8 / 32
    assert image.getpixel((int(edge) - 4, image.height - 4)) == (255, 255, 255)
    assert image.getpixel((int(edge) + 4, image.height - 4)) == (255, 0, 0)


async def test_turned_and_cropped_pdf_pages(library: DrawingLibrary) -> None:
    data = pdf(extra_page="/Rotate 90/CropBox[50 50 350 250]")
    info = await library.add_bytes("me", "turned.pdf", data)
    (page,) = info.pages
    assert (page.width, page.height) == (round(200 * 300 / 72), round(300 * 300 / 72))
    image = image_of(await library.overview("me", info.id, 1))
    # In the cropped page the square is 50 to 100 from the left and the bottom; turned
    # clockwise the left bottom corner becomes the left top one.
    assert _close(image.getpixel((image.width * 75 // 200, image.height * 75 // 300)), (255, 0, 0))


async def test_a_scan_inside_a_pdf_sets_the_canvas(library: DrawingLibrary) -> None:
    pixels = bytes(1000) * 1000
    image = b"<</Type/XObject/Subtype/Image/Width 1000/Height 1000/BitsPerComponent 8"
    image += b"/ColorSpace/DeviceGray/Length 1000000>>stream\n" + pixels + b"\nendstream"
    data = pdf("144 0 0 144 10 10 cm /Im0 Do", (0, 0, 164, 164), objects=(image,))
    info = await library.add_bytes("me", "scan.pdf", data)
    assert info.pages[0].dpi == pytest.approx(500)  # 1000 pixels on two inches


@pytest.mark.fault(31)
async def test_a_huge_page_is_capped_with_a_warning(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "huge.pdf", pdf(box=(0, 0, 14_000_000, 14_000_000)))
    assert info.pages[0].width * info.pages[0].height <= 100_000_000
    assert "dpi instead of 300" in info.warnings[0]
    assert (await library.overview("me", info.id, 1)).width > 1000


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
async def test_text_of_a_pdf_lies_where_it_is_drawn(library: DrawingLibrary, rotate: int) -> None:
    data = pdf("BT /F1 14 Tf 100 120 Td (\xd825 H7 \xb10.1) Tj ET", extra_page=f"/Rotate {rotate}")
    info = await library.add_bytes("me", "text.pdf", data)
    assert info.pages[0].text_source == "vector"
    (item,) = await library.text("me", info.id, 1)
    assert (item.text, item.angle, item.source) == ("Ø25 H7 ±0.1", rotate, "vector")
    crop = image_of(await library.crop("me", info.id, 1, item.box)).convert("L")
    outside = (item.box[0] - 40, item.box[1] - 40, item.box[2] + 80, item.box[3] + 80)
    around = image_of(await library.crop("me", info.id, 1, outside)).convert("L")
    ink = sum(crop.histogram()[:128]) / crop.width / crop.height * item.box[2] * item.box[3]
    all_ink = sum(around.histogram()[:128]) / around.width / around.height * outside[2] * outside[3]
    assert ink == pytest.approx(all_ink, rel=0.08)
    assert ink > 500


async def test_a_scanners_invisible_text_is_a_weaker_source(library: DrawingLibrary) -> None:
    data = pdf("BT 3 Tr /F1 14 Tf 100 120 Td (hidden) Tj ET")
    info = await library.add_bytes("me", "ocr.pdf", data)
    assert info.pages[0].text_source == "ocr"
    (item,) = await library.text("me", info.id, 1)
    assert item.source == "ocr"
    assert item.confidence < 1


async def test_text_in_annotations(library: DrawingLibrary) -> None:
    shx = b"<</Type/Annot/Subtype/Square/T(AutoCAD SHX Text)/Contents(M12x1.5)"
    shx += b"/Rect[100 100 180 120]>>"
    info = await library.add_bytes(
        "me", "shx.pdf", pdf("", extra_page="/Annots[10 0 R]", objects=(shx,))
    )
    assert info.pages[0].text_source == "vector"
    (item,) = await library.text("me", info.id, 1)
    assert item.text == "M12x1.5"
    assert item.box == pytest.approx((416.7, 750, 333.3, 83.3), abs=0.5)


async def test_low_resolution_is_told(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "small.png", png(333, 222))
    assert "Low resolution" in info.warnings[0]


def _looping_tiff() -> bytes:
    entries = struct.pack("<HHII", 256, 4, 1, 640) + struct.pack("<HHII", 257, 4, 1, 480)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + struct.pack("<I", 8)


def _encrypted_pdf() -> bytes:
    secret = b"<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32)
    data = pdf(objects=(b"<<>>", secret))
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 11 0 R/ID[<ab><ab>]")


@pytest.mark.fault(26, 27, 28, 29, 30, 32)
@pytest.mark.parametrize(
    ("what", "data", "error"),
    [
        ("row 26: truncated PNG", png()[:-300], DamagedFile),
        ("row 26: truncated JPEG", encoded(sheet(), "JPEG")[:3000], DamagedFile),
        ("row 26: truncated WebP", encoded(sheet(), "WEBP")[:700], DamagedFile),
        ("row 26: truncated TIFF", tiff()[:400], DamagedFile),
        ("row 26: truncated BMP", encoded(sheet(), "BMP")[:5000], DamagedFile),
        ("row 26: unknown format", b"just some words", UnsupportedFormat),
        ("row 27: 60000×60000 PNG", png_claiming(60_000, 60_000), TooManyPixels),
        ("row 28: 1×1", encoded(Image.new("L", (1, 1)), "PNG"), BadProportions),
        ("row 28: 40×20000", encoded(Image.new("L", (40, 20_000)), "PNG"), BadProportions),
        ("row 29: TIFF with a loop", _looping_tiff(), DamagedFile),
        ("row 29: TIFF with many frames", tiff(pages=41, size=(64, 64)), TooManyPages),
        ("row 30: PDF with many pages", pdf(pages=41), TooManyPages),
        ("row 32: encrypted PDF", _encrypted_pdf(), EncryptedFile),
        ("row 32: damaged PDF", b"%PDF-1.7\n" + bytes(1000), DamagedFile),
    ],
)
async def test_refused_uploads_leave_nothing(
    library: DrawingLibrary, what: str, data: bytes, error: type[DrawingChatError]
) -> None:
    folder = library._store.scratch.parent
    before = set(files_in(folder))
    with pytest.raises(DrawingChatError) as caught:
        await library.add_bytes("me", what, data)
    assert type(caught.value) is error, what
    assert str(folder) not in str(caught.value)
    left = {path for path in files_in(folder) if "sqlite3" not in path.name}
    assert left <= before
    info = await library.add_bytes("me", "good.png", png(400, 300))
    assert info.pages[0].width == 400


@pytest.mark.fault(39)
async def test_the_same_file_many_times_at_once(library: DrawingLibrary) -> None:
    data = png(500, 400)
    info = await asyncio.gather(*(library.add_bytes("me", "same", data) for _ in range(50)))
    assert len({each.id for each in info}) == 1
    assert (
        len(
            [
                path
                for path in files_in(library._store.scratch.parent)
                if path.name == info[0].sha256
            ]
        )
        == 1
    )


@pytest.mark.fault(42)
async def test_another_owner_sees_nothing(library: DrawingLibrary) -> None:
    data = png(450, 350)
    mine = await library.add_bytes("me", "plan.png", data)
    with pytest.raises(NotFound):
        await library.info("other", mine.id)
    with pytest.raises(NotFound):
        await library.crop("other", mine.id, 1, (0, 0, 50, 50))
    with pytest.raises(NotFound):
        await library.text("other", mine.id, 1)
    with pytest.raises(NotFound):
        await library.delete("other", mine.id)
    theirs = await library.add_bytes("other", "plan.png", data)
    assert theirs.id != mine.id
    path, _ = await library.original("me", mine.id)
    await library.delete("me", mine.id)
    assert path.exists()  # still the other's
    await library.delete("other", theirs.id)
    assert not path.exists()
    with pytest.raises(NotFound):
        await library.info("me", mine.id)


async def test_what_is_removed_leaves_the_memory(library: DrawingLibrary) -> None:
    kept = await library.add_bytes("me", "kept.png", png(460, 350))
    gone = await library.add_bytes("me", "gone.png", png(470, 350))
    for info in (kept, gone):
        await library.overview("me", info.id, 1)
    await library.delete("me", gone.id)
    images = library._renderer._images
    contents = [key[0] for key in images]
    assert kept.sha256 in contents and gone.sha256 not in contents
    assert images.currsize == sum(len(image.rgb) for image in images.values())


async def test_regions_outside_are_refused_and_tiny_ones_grow(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "plan.png", png())
    for region in ((640, 0, 10, 10), (0, 0, 0, 10), (0, 0, float("nan"), 10), (-20, 0, 20, 10)):
        with pytest.raises(BadRegion):
            await library.crop("me", info.id, 1, region)
    image = await library.crop("me", info.id, 1, (639, 10, 5, 2))
    assert image.width * image.height >= 65_536


async def test_equal_pixels_have_equal_keys(library: DrawingLibrary) -> None:
    info = await library.add_bytes("me", "plan.png", png())
    first = await library.crop("me", info.id, 1, (0, 0, 300, 300))
    again = await library.crop("me", info.id, 1, (0, 0, 300, 300))
    other = await library.crop("me", info.id, 1, (150, 100, 300, 300))
    assert first is again
    assert first.key != other.key


async def test_ready_is_told_and_the_list_is_newest_first(library: DrawingLibrary) -> None:
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def ready(owner: str, drawing_id: str) -> None:
        told.put_nowait((owner, drawing_id))

    library.on_ready(ready)
    ids = [(await library.add_bytes("lister", "x", png(300 + n, 300))).id for n in range(3)]
    assert [await told.get() for _ in ids] == [("lister", each) for each in ids]
    first = await library.list("lister", 2)
    assert [each.info.id for each in first] == [ids[2], ids[1]]
    rest = await library.list("lister", 2, first[1].cursor)
    assert [each.info.id for each in rest] == [ids[0]]


@pytest.mark.fault(33)
async def test_scripts_in_a_pdf_do_not_run(library: DrawingLibrary, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    action = b"<</S/Launch/F(touch %s)>>" % os.fsencode(trap)
    script = b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1:9/'\\))>>"
    data = pdf(extra_page="/AA<</O 11 0 R>>", objects=(action, script))
    data = data.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction 10 0 R")
    info = await library.add_bytes("me", "active.pdf", data)
    await library.overview("me", info.id, 1)
    assert not trap.exists()


async def test_the_text_of_a_document_is_read_ahead(library: DrawingLibrary) -> None:
    text = "BT /F1 20 Tf 60 200 Td (M8x1) Tj ET"
    info = await library.add_bytes("me", "ahead.pdf", pdf(text, pages=5))
    await library.background.settled()
    for page in range(1, 6):
        kept = await library._texts.kept("me", info.id, page)
        assert kept is not None
        assert [item.text for item in kept] == ["M8x1"]
    # What was not read ahead is read when all are wanted.
    single = await library.add_bytes("me", "single.pdf", pdf(text + " "))
    assert {n: len(items) for n, items in (await library.all_text("me", info.id)).items()} == {
        page: 1 for page in range(1, 6)
    }
    assert [item.text for item in (await library.all_text("me", single.id))[1]] == ["M8x1"]
    with pytest.raises(NotFound):
        await library.all_text("other", info.id)


async def test_one_content_is_taken_in_or_removed_by_one_at_a_time(library: DrawingLibrary) -> None:
    """Also by who asks between a release of the lock and the turn of the next one waiting."""
    inside, most = 0, 0
    started: list[asyncio.Task[None]] = []

    async def work(later: int) -> None:
        nonlocal inside, most
        async with library._ingest._content_lock("0" * 64):
            inside += 1
            most = max(most, inside)
            for _ in range(3):
                await asyncio.sleep(0)
            inside -= 1
        if later:  # its owner removes it at once, while another's upload has waited
            started.append(asyncio.create_task(work(later - 1)))

    await asyncio.gather(*(work(2) for _ in range(3)))
    while started:
        await started.pop()
    assert most == 1
    assert not library._ingest._locks


async def test_copies_of_one_drawing_come_and_go_at_once(library: DrawingLibrary) -> None:
    data = pdf("BT /F1 12 Tf 40 200 Td (60.00 H7) Tj ET")

    async def come_and_go(owner: str) -> str:
        info = await library.add_bytes(owner, "copy.pdf", data)
        (item,) = await library.text(owner, info.id, 1)
        await library.delete(owner, info.id)
        return item.text

    for turn in range(3):
        owners = [f"owner {turn} {number}" for number in range(4)]
        assert await asyncio.gather(*map(come_and_go, owners)) == ["60.00 H7"] * 4
