"""Exports a page with numbered balloons as PDF or PNG; vector content stays vector.

Marks are in canvas pixels and are drawn upright, whatever the page's rotation.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backend.drawing import BalloonMark
from backend.drawings.formats.format import Size, VipsImage
from backend.errors import DamagedFile

#: Longest side of a PNG, and of the image in a scan's PDF.
MAX_SIDE = 6000
_POINTS_PER_INCH = 72.0
#: Handle length of the Bézier curve for a quarter circle.
_HANDLE = 0.5523
_COLOUR = (176, 24, 88)
_WHITE = (255, 255, 255)
_ENDLESS = 100_000.0
#: As shares of the radius: line width, digit height, digit width (Helvetica bold).
_LINE, _DIGITS, _DIGIT_WIDTH = 0.09, 1.05, 0.556


def mark_pdf_page(path: Path, page: int, canvas: Size, marks: Sequence[BalloonMark]) -> bytes:
    """A single-page PDF with the marks. Raises `DamagedFile`."""
    try:
        source = pdfium.PdfDocument(path)
        made = pdfium.PdfDocument.new()
        made.import_pages(source, [page - 1])
    except pdfium.PdfiumError as error:
        raise DamagedFile("The PDF is damaged. Export it again.") from error
    try:
        return _marked(made, canvas, marks)
    finally:
        made.close()
        source.close()


def mark_image(
    image: VipsImage, canvas: Size, dpi: float | None, marks: Sequence[BalloonMark]
) -> bytes:
    """A PDF of the image at its paper size, with the marks."""
    made = pdfium.PdfDocument.new()
    try:
        scale = _POINTS_PER_INCH / (dpi or 300.0)
        width, height = canvas[0] * scale, canvas[1] * scale
        page = made.new_page(width, height)
        placed = pdfium.PdfImage.new(made)
        placed.load_jpeg(io.BytesIO(image.jpegsave_buffer(Q=90)))
        placed.set_matrix(pdfium.PdfMatrix().scale(width, height))
        page.insert_obj(placed)
        page.gen_content()
        page.close()
        return _marked(made, canvas, marks)
    finally:
        made.close()


def as_png(pdf: bytes) -> bytes:
    """The first page of a PDF as pixels."""
    document = pdfium.PdfDocument(pdf)
    try:
        page = document[0]
        scale = min(MAX_SIDE / max(page.get_size()), 300 / _POINTS_PER_INCH)
        rendered = page.render(scale=scale).to_pil()
        file = io.BytesIO()
        rendered.save(file, "PNG")
        return file.getvalue()
    finally:
        document.close()


def _marked(document: Any, canvas: Size, marks: Sequence[BalloonMark]) -> bytes:
    page = document[0]
    pen = _Pen(document, page, canvas)
    for mark in marks:
        pen.draw(mark)
    if not raw.FPDFPage_GenerateContent(page):
        raise DamagedFile("The balloons could not be drawn on this page.")
    page.close()
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


class _Pen:
    """Draws in canvas pixels on a page that may be rotated and cropped."""

    def __init__(self, document: Any, page: Any, canvas: Size) -> None:
        self._document = document
        self._page = page
        self._canvas = canvas
        origin, right = self._exact(0, 0), self._exact(canvas[0], 0)
        down = self._exact(0, canvas[1])
        self._origin = origin
        self._across = ((right[0] - origin[0]) / canvas[0], (right[1] - origin[1]) / canvas[0])
        self._down = ((down[0] - origin[0]) / canvas[1], (down[1] - origin[1]) / canvas[1])

    def draw(self, mark: BalloonMark) -> None:
        """Draw the leader, the circle and the number."""
        if mark.target is not None:
            start = _edge(mark)
            if start is not None:
                self._line(start, mark.target, mark.radius * _LINE)
        self._circle(mark)
        self._number(mark)

    def _exact(self, x: float, y: float) -> tuple[float, float]:
        """Convert a canvas point to page space with PDFium, which applies rotation and crop."""
        page_x, page_y = ctypes.c_double(), ctypes.c_double()
        width, height = self._canvas
        raw.FPDF_DeviceToPage(
            self._page, 0, 0, width, height, 0, round(x), round(y), page_x, page_y
        )
        return page_x.value, page_y.value

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._across[0] + y * self._down[0],
            self._origin[1] + x * self._across[1] + y * self._down[1],
        )

    @property
    def _scale(self) -> float:
        return float((self._across[0] ** 2 + self._across[1] ** 2) ** 0.5)

    def _line(self, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
        path = raw.FPDFPageObj_CreateNewPath(*self._at(*start))
        raw.FPDFPath_LineTo(path, *self._at(*end))
        self._finish(path, width, filled=False)

    def _circle(self, mark: BalloonMark) -> None:
        points = list(_circle(mark))
        path = raw.FPDFPageObj_CreateNewPath(*self._at(*points[0]))
        for first in range(1, len(points), 3):
            handles = [part for point in points[first : first + 3] for part in self._at(*point)]
            raw.FPDFPath_BezierTo(path, *handles)
        raw.FPDFPath_Close(path)
        self._finish(path, mark.radius * _LINE, filled=True)

    def _finish(self, path: Any, width: float, *, filled: bool) -> None:
        raw.FPDFPageObj_SetStrokeColor(path, *_COLOUR, 255)
        raw.FPDFPageObj_SetStrokeWidth(path, width * self._scale)
        raw.FPDFPageObj_SetFillColor(path, *_WHITE, 255)
        # The page's own content may have set a dash pattern; a dash longer than any line resets it.
        solid = (ctypes.c_float * 2)(_ENDLESS, 1.0)
        raw.FPDFPageObj_SetDashArray(path, solid, 2, 0.0)
        raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_WINDING if filled else 0, True)
        raw.FPDFPage_InsertObject(self._page, path)

    def _number(self, mark: BalloonMark) -> None:
        letters = max(len(mark.text), 1)
        size = mark.radius * min(_DIGITS, 1.7 / (letters * _DIGIT_WIDTH))
        text = raw.FPDFPageObj_NewTextObj(self._document, b"Helvetica-Bold", 1.0)
        encoded = (mark.text + "\x00").encode("utf-16-le")
        buffer = ctypes.create_string_buffer(encoded)
        raw.FPDFText_SetText(text, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
        raw.FPDFPageObj_SetFillColor(text, *_COLOUR, 255)
        left = mark.x - letters * _DIGIT_WIDTH * size / 2
        x, y = self._at(left, mark.y + 0.36 * size)
        (ax, ay), (dx, dy) = self._across, self._down
        raw.FPDFPageObj_Transform(text, ax * size, ay * size, -dx * size, -dy * size, x, y)
        raw.FPDFPage_InsertObject(self._page, text)


def _circle(mark: BalloonMark) -> Iterator[tuple[float, float]]:
    """The start point, then two handles and an end point per quarter."""
    r, h = mark.radius, mark.radius * _HANDLE
    around = [(r, 0), (r, h), (h, r), (0, r), (-h, r), (-r, h), (-r, 0), (-r, -h), (-h, -r),
              (0, -r), (h, -r), (r, -h), (r, 0)]  # fmt: skip
    for x, y in around:
        yield mark.x + x, mark.y + y


def _edge(mark: BalloonMark) -> tuple[float, float] | None:
    """The point where the leader leaves the circle; None if the target is inside it."""
    if mark.target is None:
        return None
    x, y = mark.target[0] - mark.x, mark.target[1] - mark.y
    length = (x * x + y * y) ** 0.5
    if length <= mark.radius:
        return None
    return mark.x + x * mark.radius / length, mark.y + y * mark.radius / length
