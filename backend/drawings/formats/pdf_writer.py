"""Writes a vector PDF: strokes, fills and standard text, page by page.

A drawing format that PDFium does not read is turned into one, once, so that every region of it
is drawn in milliseconds at any zoom. Coordinates are PDF points, origin bottom left.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

Point = tuple[float, float]
Colour = tuple[float, float, float]

#: Wider than this a page is not understood by PDF readers; larger sheets are scaled down.
MAX_POINTS = 14_400.0
_CHUNK = 4096


class PageContent:
    """The drawing operators of one page, in order."""

    def __init__(self, width: float, height: float, label: str = "") -> None:
        self.width = width
        self.height = height
        self.label = label
        self.operators: list[str] = ["1 J 1 j"]
        self._stroke: tuple[Colour, float] | None = None
        self._fill: Colour | None = None

    def lines(self, segments: Iterable[tuple[Point, Point]], colour: Colour, width: float) -> None:
        """Separate strokes; one of no length shows as a dot."""
        self._stroke_with(colour, width)
        path: list[str] = []
        for (x1, y1), (x2, y2) in segments:
            path.append(f"{x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l")
            if len(path) >= _CHUNK:
                self.operators.append(" ".join(path) + " S")
                path.clear()
        if path:
            self.operators.append(" ".join(path) + " S")

    def stroke(self, path: str, colour: Colour, width: float) -> None:
        """A path made by `path_operators`, as a line."""
        self._stroke_with(colour, width)
        self.operators.append(path + " S")

    def fill(self, path: str, colour: Colour) -> None:
        """A path filled; where subpaths overlap they are holes (even-odd rule)."""
        if colour != self._fill:
            self._fill = colour
            self.operators.append("{:.3f} {:.3f} {:.3f} rg".format(*colour))
        self.operators.append(path + " f*")

    def text(self, text: str, matrix: Sequence[float], colour: Colour) -> None:
        """Helvetica, which every reader has, one unit high; `matrix` scales and places it."""
        if colour != self._fill:
            self._fill = colour
            self.operators.append("{:.3f} {:.3f} {:.3f} rg".format(*colour))
        encoded = text.encode("cp1252", "replace").hex()
        place = " ".join(f"{value:.4f}" for value in matrix)
        self.operators.append(f"BT /F1 1 Tf {place} Tm <{encoded}> Tj ET")

    def _stroke_with(self, colour: Colour, width: float) -> None:
        if (colour, width) != self._stroke:
            self._stroke = (colour, width)
            self.operators.append("{:.3f} {:.3f} {:.3f} RG ".format(*colour) + f"{width:.3f} w")


def polygon_operators(points: Sequence[Point]) -> str:
    """A closed polygon."""
    first, *rest = points
    moves = " ".join(f"{x:.2f} {y:.2f} l" for x, y in rest)
    return f"{first[0]:.2f} {first[1]:.2f} m {moves} h"


def write_pdf(path: Path, pages: Sequence[PageContent]) -> None:
    """Write the file. The text stays with `sheet.py`'s items: here it is mostly outlines."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages))), len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, page in enumerate(pages):
        stream = zlib.compress("\n".join(page.operators).encode("latin-1"), 6)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.4f %.4f]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (page.width, page.height, 5 + 2 * number)
        )
        head = b"<</Filter/FlateDecode/Length %d>>stream\n" % len(stream)
        objects.append(head + stream + b"\nendstream")
    with path.open("wb") as file:
        offsets = []
        file.write(b"%PDF-1.7\n")
        for number, body in enumerate(objects, 1):
            offsets.append(file.tell())
            file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
        file.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
        file.write(b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1))
        file.write(b"startxref\n%d\n%%%%EOF\n" % start)
