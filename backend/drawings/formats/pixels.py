"""Normalises decoded images: sRGB or grey, 8 bits, opaque, at an exact size.

Colours and sizes are converted only here, so that the user and the model see the same pixels.
"""

from __future__ import annotations

import pyvips

from backend.drawings.formats.format import Size, VipsImage
from backend.errors import UnsupportedFormat

_GREY = ("b-w", "grey16")


def normalise(image: VipsImage) -> VipsImage:
    """One (grey) or three (sRGB) bands of 8 bits; transparency becomes white.

    Raises `UnsupportedFormat` for pixel types that are not images (floating point, 32 bits).
    """
    if image.format not in ("uchar", "ushort"):
        raise UnsupportedFormat(
            "This image has 32-bit or floating-point pixels. Save it with 8 or 16 bits."
        )
    if image.interpretation == "multiband":
        image = _as_known(image)
    if image.interpretation == "cmyk" and image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True)
    target = "b-w" if image.interpretation in _GREY else "srgb"
    if image.interpretation != target or image.format != "uchar":
        image = image.colourspace(target)
    if image.hasalpha():
        image = image.flatten(background=[255])
    wanted = 1 if target == "b-w" else 3
    if image.bands > wanted:
        image = image.extract_band(0, n=wanted)
    return image if image.format == "uchar" else image.cast("uchar")


def _as_known(image: VipsImage) -> VipsImage:
    deep = image.format == "ushort"
    if image.bands >= 3:
        return image.extract_band(0, n=3).copy(interpretation="rgb16" if deep else "srgb")
    return image.extract_band(0).copy(interpretation="grey16" if deep else "b-w")


def to_rgb(image: VipsImage) -> VipsImage:
    """Three bands."""
    return image if image.bands == 3 else image.colourspace("srgb")


def resize_exactly(image: VipsImage, size: Size) -> VipsImage:
    """Scale `image` to `size`; shrinking averages pixels so that thin lines stay visible."""
    width, height = size
    if (image.width, image.height) == size:
        return image
    scaled = image.resize(width / image.width, vscale=height / image.height)
    if scaled.width >= width and scaled.height >= height:
        return scaled.crop(0, 0, width, height)
    return scaled.embed(0, 0, width, height, extend="copy").crop(0, 0, width, height)


def from_rgb_bytes(data: bytes, size: Size) -> VipsImage:
    """An image from `height * width * 3` bytes."""
    image = pyvips.Image.new_from_memory(data, size[0], size[1], 3, "uchar")
    return image.copy(interpretation="srgb")
