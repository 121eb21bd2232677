"""Reads the pages of a TIFF or BigTIFF from its directories, without decoding pixels.

The walk is bounded: a loop of directories, or more than the allowed number, ends with an error. It
also checks where each page's last strip ends, because libtiff shows a missing strip as white paper.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.errors import DamagedFile, TooManyPages

_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _X_RES, _RES_UNIT = 254, 256, 257, 274, 282, 296
_BITS, _COMPRESSION, _SAMPLES, _ROWS, _PLANES = 258, 259, 277, 278, 284
_OFFSETS, _COUNTS = 273, 279  # for strips; a tiled page uses other tags
_WANTED = {_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _X_RES, _RES_UNIT}
_WANTED |= {_BITS, _COMPRESSION, _SAMPLES, _ROWS, _PLANES, _OFFSETS, _COUNTS}
#: Sizes in bytes and struct codes of the field types used by the tags read here.
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_RATIONAL = 5


@dataclass(frozen=True, slots=True)
class TiffPage:
    """A full-resolution directory; `directory` is its index in the file."""

    directory: int
    width: int
    height: int
    dpi: float | None
    orientation: int


@dataclass(frozen=True, slots=True)
class _Layout:
    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry_bytes(self) -> int:
        return 20 if self.big else 12


def tiff_pages(path: Path, max_pages: int) -> list[TiffPage]:
    """The pages in file order, without reduced-resolution copies.

    Raises `TooManyPages` or `DamagedFile`.
    """
    pages: list[TiffPage] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            for index, tags in enumerate(_directories(file, max_pages)):
                page = _page(index, tags)
                if page is not None and _end(page, tags) > size:
                    raise DamagedFile("The TIFF is cut off. Export or scan it again.")
                if page is not None:
                    pages.append(page)
        except (struct.error, OverflowError) as error:
            raise DamagedFile("The TIFF's directory is damaged. Export it again.") from error
    if not pages:
        raise DamagedFile("The TIFF has no readable page. Export it again.")
    return pages


def _directories(file: BinaryIO, max_pages: int) -> Iterator[dict[int, float]]:
    head = file.read(16)
    layout = _Layout("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    at = struct.unpack(layout.offset, head[8:16] if layout.big else head[4:8])[0]
    seen: set[int] = set()
    while at:
        if at in seen:
            raise DamagedFile("The TIFF's page directories form a loop. Export it again.")
        if len(seen) >= max_pages:
            raise TooManyPages(f"The TIFF has more than {max_pages} pages. Split it into parts.")
        seen.add(at)
        tags, at = _read_directory(file, layout, at)
        yield tags


def _read_directory(file: BinaryIO, layout: _Layout, at: int) -> tuple[dict[int, float], int]:
    file.seek(at)
    count = _unpack(file, layout.count)
    if count > 4096:
        raise DamagedFile("The TIFF's directory is damaged. Export it again.")
    body = file.read(count * layout.entry_bytes)
    following = _unpack(file, layout.offset)
    tags: dict[int, float] = {}
    for start in range(0, count * layout.entry_bytes, layout.entry_bytes):
        entry = body[start : start + layout.entry_bytes]
        tag, kind = struct.unpack(layout.order + "HH", entry[:4])
        if tag in _WANTED:
            counted, field = (entry[4:12], entry[12:]) if layout.big else (entry[4:8], entry[8:])
            number = struct.unpack(layout.order + ("Q" if layout.big else "I"), counted)[0]
            value = _value(file, layout, kind, number, field)
            if value is not None:
                tags[tag] = value
    return tags, following


def _unpack(file: BinaryIO, code: str) -> int:
    value: int = struct.unpack(code, file.read(struct.calcsize(code)))[0]
    return value


def _value(file: BinaryIO, layout: _Layout, kind: int, number: int, field: bytes) -> float | None:
    """The value of a tag; the last one if it has several."""
    if kind in _INTEGERS and number:
        code = layout.order + _INTEGERS[kind]
        size = struct.calcsize(code)
        if number * size <= len(field):
            field = field[(number - 1) * size :]
        else:
            file.seek(struct.unpack(layout.offset, field)[0] + (number - 1) * size)
            field = file.read(size)
        value: int = struct.unpack(code, field[:size])[0]
        return value
    if kind != _RATIONAL:
        return None
    if not layout.big:
        file.seek(struct.unpack(layout.offset, field)[0])
        field = file.read(8)
    over, under = struct.unpack(layout.order + "II", field)
    return over / under if under else None


def _page(directory: int, tags: dict[int, float]) -> TiffPage | None:
    if int(tags.get(_SUBFILE, 0)) & 0b101:  # a reduced-resolution copy, or a transparency mask
        return None
    width, height = int(tags.get(_WIDTH, 0)), int(tags.get(_HEIGHT, 0))
    if not width or not height:
        raise DamagedFile("A page of the TIFF has no size. Export it again.")
    unit, density = int(tags.get(_RES_UNIT, 2)), tags.get(_X_RES)
    dpi = None if density is None or unit == 1 else density * (2.54 if unit == 3 else 1)
    orientation = int(tags.get(_ORIENTATION, 1))
    return TiffPage(directory, width, height, dpi, orientation if 1 <= orientation <= 8 else 1)


def _end(page: TiffPage, tags: dict[int, float]) -> int:
    """Offset of a byte that must exist: the start of the last strip or, without compression, its
    end. Some programs write too large a byte count, so the row count is used too."""
    start = int(tags.get(_OFFSETS, 0))
    if int(tags.get(_COMPRESSION, 1)) != 1 or _COUNTS not in tags:
        return start
    rows = min(page.height, max(1, int(tags.get(_ROWS, page.height))))
    samples = int(tags.get(_SAMPLES, 1)) if int(tags.get(_PLANES, 1)) == 1 else 1
    row = (page.width * int(tags.get(_BITS, 1)) * samples + 7) // 8
    return start + min(int(tags[_COUNTS]), (page.height % rows or rows) * row)
