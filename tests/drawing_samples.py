"""Small drawings of every format, made in memory for the tests."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def sheet(
    width: int = 640, height: int = 480, mark: tuple[int, int, int] = (200, 30, 40)
) -> Image.Image:
    """A white sheet with a frame and one coloured square: left top at a quarter of each side."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((2, 2, width - 3, height - 3), outline="black", width=2)
    side = min(width, height) // 8
    draw.rectangle((width // 4, height // 4, width // 4 + side, height // 4 + side), fill=mark)
    return image


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    """The picture as a file of that format."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def png(width: int = 640, height: int = 480, mark: tuple[int, int, int] = (200, 30, 40)) -> bytes:
    """A PNG of `sheet`."""
    return encoded(sheet(width, height, mark), "PNG")


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header says that it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(64))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def tiff(pages: int = 1, compression: str = "group4", size: tuple[int, int] = (640, 480)) -> bytes:
    """A bilevel TIFF; page n carries n filled squares along its top."""
    images = []
    for number in range(1, pages + 1):
        image = sheet(*size).convert("1")
        draw = ImageDraw.Draw(image)
        for index in range(number):
            draw.rectangle((40 + 60 * index, 20, 80 + 60 * index, 60), fill=0)
        images.append(image)
    options = {"compression": compression, "dpi": (300, 300)}
    return encoded(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


def pdf(
    contents: str = "1 0 0 rg 100 100 50 50 re f",
    box: tuple[float, float, float, float] = (0, 0, 400, 300),
    pages: int = 1,
    extra_page: str = "",
    objects: tuple[bytes, ...] = (),
) -> bytes:
    """A PDF written by hand: every page shows `contents` with Helvetica as /F1.

    `objects` are further objects, numbered from 10 on; `extra_page` goes into each page.
    """
    stream = contents.encode("latin-1")
    numbers = [20 + index for index in range(pages)]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    parts: dict[int, bytes] = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        5: b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    }
    for index, body in enumerate(objects):
        parts[10 + index] = body
    media = " ".join(f"{value:f}" for value in box)
    for number in numbers:
        parts[number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[{media}]/Contents 5 0 R"
            f"/Resources<</Font<</F1 3 0 R>>/XObject<</Im0 10 0 R>>>>{extra_page}>>"
        ).encode()
    return pdf_of(parts)


def pdf_of(parts: dict[int, bytes]) -> bytes:
    """A PDF of numbered objects; 1 is the catalogue."""
    data = bytearray(b"%PDF-1.7\n")
    offsets = {}
    for number, body in sorted(parts.items()):
        offsets[number] = len(data)
        data += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(data)
    last = max(parts)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        at = offsets.get(number)
        data += b"%010d 00000 n \n" % at if at is not None else b"0000000000 65535 f \n"
    data += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (last + 1, start)
    return bytes(data)
