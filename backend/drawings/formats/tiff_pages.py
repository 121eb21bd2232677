"""The pages of a TIFF or BigTIFF, read from its directories without decoding anything.

Bounded: a loop of directories or more than the allowed number ends the walk with an error.
Knows tags; not strips, tiles or compressions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.errors import DamagedFile, TooManyPages

_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _X_RES, _RES_UNIT = 254, 256, 257, 274, 282, 296
_WANTED = {_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _X_RES, _RES_UNIT}
#: Bytes and struct codes of the types that the wanted tags have.
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_RATIONAL = 5


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One full-resolution directory; `directory` is its index in the file."""

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
    """The pages in file order; reduced copies of a page are left out.

    Raises `TooManyPages` or `DamagedFile`.
    """
    pages: list[TiffPage] = []
    with path.open("rb") as file:
        try:
            for index, tags in enumerate(_directories(file, max_pages)):
                page = _page(index, tags)
                if page is not None:
                    pages.append(page)
        except (struct.error, OverflowError) as error:
            raise DamagedFile("The TIFF's directory is damaged. Export it again.") from error
    if not pages:
        raise DamagedFile("The TIFF has no page that can be read. Export it again.")
    return pages


def _directories(file: BinaryIO, max_pages: int) -> Iterator[dict[int, float]]:
    head = file.read(16)
    layout = _Layout("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    at = struct.unpack(layout.offset, head[8:16] if layout.big else head[4:8])[0]
    seen: set[int] = set()
    while at:
        if at in seen:
            raise DamagedFile("The TIFF's pages run in a loop. Export it again.")
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
            value = _value(file, layout, kind, entry[12:] if layout.big else entry[8:])
            if value is not None:
                tags[tag] = value
    return tags, following


def _unpack(file: BinaryIO, code: str) -> int:
    value: int = struct.unpack(code, file.read(struct.calcsize(code)))[0]
    return value


def _value(file: BinaryIO, layout: _Layout, kind: int, field: bytes) -> float | None:
    if kind in _INTEGERS:
        code = layout.order + _INTEGERS[kind]
        value: int = struct.unpack(code, field[: struct.calcsize(code)])[0]
        return value
    if kind != _RATIONAL:
        return None
    if not layout.big:
        file.seek(struct.unpack(layout.offset, field)[0])
        field = file.read(8)
    over, under = struct.unpack(layout.order + "II", field)
    return over / under if under else None


def _page(directory: int, tags: dict[int, float]) -> TiffPage | None:
    if int(tags.get(_SUBFILE, 0)) & 0b101:  # a reduced copy, or a transparency mask
        return None
    width, height = int(tags.get(_WIDTH, 0)), int(tags.get(_HEIGHT, 0))
    if not width or not height:
        raise DamagedFile("A page of the TIFF has no size. Export it again.")
    unit, density = int(tags.get(_RES_UNIT, 2)), tags.get(_X_RES)
    dpi = None if density is None or unit == 1 else density * (2.54 if unit == 3 else 1)
    orientation = int(tags.get(_ORIENTATION, 1))
    return TiffPage(directory, width, height, dpi, orientation if 1 <= orientation <= 8 else 1)
