"""Text that a PDF keeps in annotations: AutoCAD's stroked SHX text, free text, form fields."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backend.drawing import TextItem
from backend.geometry import Box

MAX_ANNOTATIONS = 20_000
_SHX_TITLE = "AutoCAD SHX Text"

#: From left, bottom, right, top in points to a box on the canvas.
Place = Callable[[float, float, float, float], Box]


def annotation_texts(page: pdfium.PdfPage, place: Place) -> Iterator[TextItem]:
    """Each annotation that says something, in the file's order."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            content = _annotation_text(annotation)
            rect = raw.FS_RECTF()
            if not content or not raw.FPDFAnnot_GetRect(annotation, rect):
                continue
            corners = sorted((rect.left, rect.right)), sorted((rect.bottom, rect.top))
            (left, right), (bottom, top) = corners
            box = place(left, bottom, right, top)
            tall = len(content) > 1 and box.height > 1.5 * box.width
            yield TextItem(content, box, 270.0 if tall else 0.0)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _annotation_text(annotation: Any) -> str:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_WIDGET:
        return _string(annotation, b"V")
    if kind == raw.FPDF_ANNOT_FREETEXT or _string(annotation, b"T") == _SHX_TITLE:
        return _string(annotation, b"Contents")
    return ""


def _string(annotation: Any, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < length <= 65_536:
        return ""
    buffer = ctypes.create_string_buffer(length)
    wide = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFAnnot_GetStringValue(annotation, key, wide, length)
    return " ".join(buffer.raw[: length - 2].decode("utf-16-le", "replace").split())
