"""Tiled pyramids of large scans: built once in the background, then any region takes milliseconds.

Lossless, so the highest level has the scan's own pixels.
"""

from __future__ import annotations

from pathlib import Path

import pyvips

from backend.drawing import TextItem
from backend.drawings.formats.format import Canvas, Limits, Size, VipsImage
from backend.drawings.formats.raster import RasterDrawing, render_from
from backend.errors import RenderFailed
from backend.geometry import Box

TILE = 512


def build_pyramid(path: Path, format_name: str, page: int, target: Path, limits: Limits) -> None:
    """Write the pyramid of a page to `target`, with only a few rows in memory at a time."""
    source = RasterDrawing(path, format_name, limits)
    try:
        source.full(page).tiffsave(
            str(target),
            tile=True,
            tile_width=TILE,
            tile_height=TILE,
            pyramid=True,
            region_shrink="mean",
            compression="deflate",
            level=1,
            bigtiff=True,
            keep="none",
        )
    finally:
        source.close()


class PyramidDrawing:
    """The pyramid of one page; the page number is ignored."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        try:
            count = pyvips.Image.tiffload(self._path).get("n-pages")
            self._levels = [pyvips.Image.tiffload(self._path, page=n) for n in range(count)]
        except pyvips.Error as error:
            raise RenderFailed("A part of the image is not ready. Try again.") from error

    def canvases(self) -> list[Canvas]:
        """The full-resolution level."""
        full = self._levels[0]
        return [Canvas(full.width, full.height, None, "none")]

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """Like `OpenDrawing.render`, from the smallest level that is still sharp enough."""
        needed = max(size[0] / region.width, size[1] / region.height) * canvas[0]
        fine = [level for level in self._levels if level.width >= needed]
        return render_from(fine[-1] if fine else self._levels[0], canvas, region, size)

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """A pyramid has no text."""
        return []

    def close(self) -> None:
        """Close the file."""
        self._levels.clear()
