"""Selects the reader for a format. Each is imported with the first file that needs it."""

from __future__ import annotations

from pathlib import Path

from backend.drawings.formats.format import Limits, OpenDrawing
from backend.errors import UnsupportedFormat


def open_drawing(path: Path, format_name: str, limits: Limits) -> OpenDrawing:
    """Open the file with the reader for its format. Raises upload errors."""
    if format_name == "pdf":
        from backend.drawings.formats.pdf import PdfDrawing

        return PdfDrawing(path, limits)
    if format_name in ("png", "jpeg", "webp", "tiff", "bmp"):
        from backend.drawings.formats.raster import RasterDrawing

        return RasterDrawing(path, format_name, limits)
    if format_name == "pyramid":
        from backend.drawings.images.pyramid import PyramidDrawing

        return PyramidDrawing(path)
    if format_name == "svg":
        from backend.drawings.formats.svg import SvgDrawing

        return SvgDrawing(path, limits)
    raise UnsupportedFormat("This version does not support this kind of drawing.")
