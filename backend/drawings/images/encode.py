"""Encodes a rendered region for a response: rotation, quality, format. Runs in the worker.

The order of operations is IIIF's: mirror, rotate, then quality.
"""

from __future__ import annotations

from typing import Literal

from backend.drawings.formats.format import VipsImage

Quality = Literal["default", "color", "gray", "bitonal"]
Format = Literal["jpg", "png", "webp"]
#: Grey values below this are black in a bitonal image.
BITONAL_THRESHOLD = 160
_QUARTERS = {90: "d90", 180: "d180", 270: "d270"}


def encode(
    image: VipsImage, *, format: Format, quality: Quality, rotation: float, mirror: bool
) -> bytes:
    """The encoded image, without metadata. Corners uncovered by rotation are white."""
    if mirror:
        image = image.fliphor()
    if rotation in _QUARTERS:
        image = image.copy_memory().rot(_QUARTERS[int(rotation)])
    elif rotation:
        image = image.copy_memory().rotate(rotation, background=[255, 255, 255])
    if quality in ("gray", "bitonal"):
        image = image.colourspace("b-w")
    if quality == "bitonal":
        image = (image > BITONAL_THRESHOLD).copy(interpretation="b-w")
    return _save(image, format, quality)


def _save(image: VipsImage, format: Format, quality: Quality) -> bytes:
    if format == "png":
        bits = 1 if quality == "bitonal" else 8
        data = image.pngsave_buffer(compression=3, keep="none", bitdepth=bits)
    elif format == "webp":
        data = image.webpsave_buffer(Q=88, effort=2, keep="none")
    else:
        data = image.jpegsave_buffer(Q=88, keep="none", optimize_coding=True, subsample_mode="off")
    return bytes(data)
