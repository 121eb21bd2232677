"""Computes page regions and the image sizes sent to the model. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from backend.drawing import PageInfo
from backend.drawings.formats.format import MAX_ASPECT, MIN_SIDE
from backend.errors import BadRegion
from backend.geometry import Box
from backend.model.image_size import fit_to_budget

#: A region of a vector page is rendered larger than its canvas, up to this many pixels: small print
#: becomes readable, and a crop still costs only about 1,000 tokens.
SHARP_PIXELS = 1_000_000
#: The largest such enlargement (1200 dpi on a 300 dpi canvas).
SHARPEST = 4.0


def clip_region(region: Sequence[float], page: PageInfo) -> tuple[int, int, int, int]:
    """The whole canvas pixels that cover `region`, clipped to the page.

    Raises `BadRegion` unless it is a rectangle with an area on the page.
    """
    if len(region) != 4 or not all(math.isfinite(value) for value in region):
        raise BadRegion("A region must be four numbers: x, y, width, height in canvas pixels.")
    x, y, width, height = region
    left, top = max(0, math.floor(x)), max(0, math.floor(y))
    right = min(page.width, math.ceil(x + width))
    bottom = min(page.height, math.ceil(y + height))
    if width <= 0 or height <= 0 or right <= left or bottom <= top:
        raise BadRegion(
            f"The region is outside page {page.number}, which is {page.width}×{page.height}."
        )
    return left, top, right - left, bottom - top


def grow_region(region: tuple[int, int, int, int], page: PageInfo) -> tuple[int, int, int, int]:
    """`region`, enlarged around its centre if it is too small or too narrow for the model."""
    x, y, width, height = region
    wanted_width = max(width, MIN_SIDE, math.ceil(height / MAX_ASPECT))
    wanted_height = max(height, MIN_SIDE, math.ceil(width / MAX_ASPECT))
    wanted_width, wanted_height = min(wanted_width, page.width), min(wanted_height, page.height)
    left = min(max(0, x - (wanted_width - width) // 2), page.width - wanted_width)
    top = min(max(0, y - (wanted_height - height) // 2), page.height - wanted_height)
    return left, top, wanted_width, wanted_height


def overview_size(page: PageInfo, min_pixels: int, max_pixels: int) -> tuple[int, int]:
    """The size of the whole page for the model: its canvas, reduced to the pixel budget."""
    return fit_to_budget(page.width, page.height, min_pixels, max_pixels)


def crop_size(
    region: Box, page: PageInfo, vector: bool, min_pixels: int, max_pixels: int, most_dpi: int
) -> tuple[int, int]:
    """The size of a region for the model: native for a scan, sharper for a vector page.

    `most_dpi` limits the resolution if the page's physical size is known, as long as the model's
    minimum side is kept.
    """
    _, _, width, height = region
    scale = 1.0
    if vector:
        scale = min(SHARPEST, max(1.0, math.sqrt(SHARP_PIXELS / (width * height))))
    if page.dpi is not None:
        scale = min(scale, max(most_dpi / page.dpi, MIN_SIDE / min(width, height)))
    return fit_to_budget(round(width * scale), round(height * scale), min_pixels, max_pixels)
