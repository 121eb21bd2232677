"""PDF: pages as PDFium draws them, at any spot and scale.

One process, one thread: PDFium is not thread-safe. Scripts and launch actions are never run
(the library is built without them). Text is `pdf_text.py`'s.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pyvips

from backend.drawing import TextItem, TextSource
from backend.drawings.formats import warnings
from backend.drawings.formats.format import (
    VECTOR_DPI,
    Canvas,
    Limits,
    Size,
    VipsImage,
    check_proportions,
)
from backend.drawings.formats.pdf_text import page_text, text_source
from backend.errors import DamagedFile, EncryptedFile, RenderFailed, TooManyPages
from backend.geometry import Box

#: No canvas is finer than this, whatever image the page holds.
MAX_DPI = 1200.0
#: Longest side of a canvas; larger ones are shrunk to it with a warning.
MAX_SIDE = 120_000
#: Pages kept parsed.
KEPT_PAGES = 4
#: Objects of a page that are looked at for its largest image.
SEARCHED_OBJECTS = 200_000
_POINTS_PER_INCH = 72.0


class PdfDrawing:
    """One PDF, open."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._pages: OrderedDict[int, pdfium.PdfPage] = OrderedDict()
        try:
            self._document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            if error.err_code == raw.FPDF_ERR_PASSWORD:
                raise EncryptedFile(
                    "The PDF needs a password. Save it without one and upload that."
                ) from error
            raise DamagedFile("The PDF is damaged. Export it again.") from error
        count = len(self._document)
        if count > limits.pages:
            self._document.close()
            raise TooManyPages(f"The PDF has {count} pages; at most {limits.pages} are read.")
        if count == 0:
            self._document.close()
            raise DamagedFile("The PDF has no pages. Export it again.")

    def canvases(self) -> list[Canvas]:
        """All pages. Looking into them is bounded in time; later pages then get 300 dpi."""
        until = time.monotonic() + self._limits.seconds / 2
        return [
            self._canvas(page, time.monotonic() < until)
            for page in range(1, len(self._document) + 1)
        ]

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """As `OpenDrawing.render`: drawn at that scale, so sharp at any zoom."""
        width, height = size
        loaded = self._page(page)
        across = loaded.get_width() / canvas[0] * region.width  # points that the region covers
        down = loaded.get_height() / canvas[1] * region.height
        scale_x, scale_y = width / across, height / down
        left = region.x * loaded.get_width() / canvas[0]
        top = region.y * loaded.get_height() / canvas[1]
        bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGRx, None, 0)
        if not bitmap:
            raise RenderFailed("Not enough memory to draw this region. Ask for a smaller one.")
        try:
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            matrix = raw.FS_MATRIX(scale_x, 0, 0, scale_y, -left * scale_x, -top * scale_y)
            clip = raw.FS_RECTF(0, 0, width, height)
            flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
            raw.FPDF_RenderPageBitmapWithMatrix(bitmap, loaded, matrix, clip, flags)
            stride = raw.FPDFBitmap_GetStride(bitmap)
            pixels = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
        finally:
            raw.FPDFBitmap_Destroy(bitmap)
        image = pyvips.Image.new_from_memory(pixels, stride // 4, height, 4, "uchar")
        return image.extract_band(0, n=3).crop(0, 0, width, height).copy(interpretation="srgb")

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """As `OpenDrawing.text`."""
        return page_text(self._page(page), canvas)

    def close(self) -> None:
        """Free pages, then the document."""
        while self._pages:
            self._pages.popitem()[1].close()
        self._document.close()

    def _canvas(self, page: int, look_inside: bool) -> Canvas:
        points = self._points(page)
        wanted, notes = VECTOR_DPI, []
        source: TextSource = "vector"
        if look_inside:
            loaded = self._page(page)
            wanted = max(VECTOR_DPI, _largest_image_dpi(loaded))
            source = text_source(loaded)
        else:
            notes.append(warnings.NOT_LOOKED_INTO.format(page=page, dpi=f"{VECTOR_DPI:g}"))
        dpi = min(wanted, MAX_DPI, MAX_SIDE / max(points) * _POINTS_PER_INCH)
        area = points[0] * points[1] / _POINTS_PER_INCH**2
        dpi = min(dpi, (self._limits.pixels / area) ** 0.5)
        if dpi < wanted:
            notes.append(
                warnings.KEPT_COARSER.format(page=page, dpi=f"{dpi:.0f}", wanted=f"{wanted:.0f}")
            )
        width = max(1, round(points[0] * dpi / _POINTS_PER_INCH))
        height = max(1, round(points[1] * dpi / _POINTS_PER_INCH))
        check_proportions(width, height, page, self._limits)
        return Canvas(width, height, dpi, source, self._label(page), tuple(notes))

    def _label(self, page: int) -> str | None:
        try:
            return self._document.get_page_label(page - 1) or None
        except UnicodeDecodeError:  # it is damaged, which costs nobody the page
            return None

    def _points(self, page: int) -> tuple[float, float]:
        try:
            width, height = self._document.get_page_size(page - 1)
        except pdfium.PdfiumError as error:
            raise DamagedFile(f"Page {page} of the PDF is damaged. Export it again.") from error
        if not (width > 0 and height > 0):
            raise DamagedFile(f"Page {page} of the PDF has no size. Export it again.")
        return width, height

    def _page(self, page: int) -> pdfium.PdfPage:
        if page in self._pages:
            self._pages.move_to_end(page)
            return self._pages[page]
        try:
            loaded = self._document[page - 1]
        except pdfium.PdfiumError as error:
            raise DamagedFile(f"Page {page} of the PDF is damaged. Export it again.") from error
        self._pages[page] = loaded
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)[1].close()
        return loaded


def _largest_image_dpi(page: pdfium.PdfPage) -> float:
    """The density at which the page's largest image (in pixels) was placed, or 0."""
    best_pixels, best_dpi = 0, 0.0
    matrix, width, height = raw.FS_MATRIX(), ctypes.c_uint(), ctypes.c_uint()
    for index in range(min(raw.FPDFPage_CountObjects(page), SEARCHED_OBJECTS)):
        image = raw.FPDFPage_GetObject(page, index)
        outer = 1.0
        if raw.FPDFPageObj_GetType(image) == raw.FPDF_PAGEOBJ_FORM:
            image, outer = _only_image(image, matrix)
        if not image or raw.FPDFPageObj_GetType(image) != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        raw.FPDFImageObj_GetImagePixelSize(image, width, height)
        if width.value * height.value <= best_pixels:
            continue
        raw.FPDFPageObj_GetMatrix(image, matrix)
        across, down = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
        if across > 0 and down > 0 and outer > 0:
            best_pixels = width.value * height.value
            density = max(width.value / across, height.value / down) / outer
            best_dpi = density * _POINTS_PER_INCH
    return best_dpi


def _only_image(form: Any, matrix: Any) -> tuple[Any, float]:
    """The first image of a form and the form's scale: how many scanners wrap their picture."""
    raw.FPDFPageObj_GetMatrix(form, matrix)
    scale = math.hypot(matrix.a, matrix.b)
    for index in range(min(raw.FPDFFormObj_CountObjects(form), 16)):
        inner = raw.FPDFFormObj_GetObject(form, index)
        if raw.FPDFPageObj_GetType(inner) == raw.FPDF_PAGEOBJ_IMAGE:
            return inner, scale
    return None, scale
