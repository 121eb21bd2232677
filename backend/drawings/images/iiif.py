"""IIIF Image API 3.0, level 2: parses image requests and builds the information document.

Pure. Specification: https://iiif.io/api/image/3.0/
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, cast

from backend.drawings.images.encode import Format, Quality
from backend.errors import BadRegion, BadRequest

#: Largest image of one response.
MAX_SIDE = 10_000
MAX_AREA = 25_000_000
TILE_SIDE = 512
CONTEXT = "http://iiif.io/api/image/3/context.json"
PROFILE = "http://iiif.io/api/image/3/level2.json"
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

_QUALITIES = ("default", "color", "gray", "bitonal")
#: No page or image needs more digits; `int` and `float` cannot parse numbers of any length.
_WHOLE = "[0-9]{1,12}"
_NUMBER = rf"({_WHOLE}(?:\.[0-9]{{1,40}})?)"
_PCT = re.compile(rf"pct:{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}")
_PIXELS = re.compile(rf"({_WHOLE}),({_WHOLE}),({_WHOLE}),({_WHOLE})")
_SIZE = re.compile(rf"(!?)({_WHOLE})?,({_WHOLE})?")
_SIZE_PCT = re.compile(rf"pct:{_NUMBER}")
_ROTATION = re.compile(r"(!?)([0-9]{1,3}(?:\.[0-9]{1,40})?|\.[0-9]{1,40})")

Region = tuple[int, int, int, int]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """An image request in canvas pixels; `canonical` is its canonical URL form."""

    region: Region
    size: Size
    rotation: float
    mirror: bool
    quality: Quality
    format: Format
    canonical: str


def parse(
    page: Size, region: str, size: str, rotation: str, quality: str, format_name: str
) -> ImageRequest:
    """Parse the parameters of a URL for a page of this size.

    Raises `BadRegion` (outside the page, no area) or `BadRequest`.
    """
    box = parse_region(region, page)
    pixels = parse_size(size, box)
    mirror, degrees = parse_rotation(rotation)
    if quality not in _QUALITIES:
        raise BadRequest(f"The quality must be one of {', '.join(_QUALITIES)}.")
    if format_name not in MEDIA_TYPES:
        raise BadRequest(f"The format must be one of {', '.join(MEDIA_TYPES)}.")
    parts = (
        "full" if box == (0, 0, *page) else ",".join(map(str, box)),
        _canonical_size(pixels, box),
        ("!" if mirror else "") + f"{degrees:g}",
        ("default" if quality == "color" else quality) + "." + format_name,
    )
    return ImageRequest(
        box,
        pixels,
        degrees,
        mirror,
        cast(Quality, quality),
        cast(Format, format_name),
        "/".join(parts),
    )


def parse_region(text: str, page: Size) -> Region:
    """Parse the region parameter, clipped to the page."""
    width, height = page
    if text == "full":
        return 0, 0, width, height
    if text == "square":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side, side
    if match := _PIXELS.fullmatch(text):
        x, y, w, h = (int(value) for value in match.groups())
    elif match := _PCT.fullmatch(text):
        values = [float(value) for value in match.groups()]
        x, w = round(values[0] * width / 100), round(values[2] * width / 100)
        y, h = round(values[1] * height / 100), round(values[3] * height / 100)
    else:
        raise BadRequest("The region must be full, square, x,y,w,h or pct:x,y,w,h.")
    w, h = min(w, width - x), min(h, height - y)
    if w <= 0 or h <= 0:
        raise BadRegion(f"The region is outside the page, which is {width}×{height}.")
    return x, y, w, h


def parse_size(text: str, region: Region) -> Size:
    """Parse the size parameter for the region."""
    upscale = text.startswith("^")
    wanted = text.removeprefix("^")
    width, height = region[2], region[3]
    if wanted == "max":
        return _largest(width, height, upscale)
    if match := _SIZE_PCT.fullmatch(wanted):
        factor = float(match[1]) / 100
        size = round(width * factor), round(height * factor)
    elif (match := _SIZE.fullmatch(wanted)) and (match[2] or match[3]):
        size = _by_sides(match[1] == "!", match[2] or "", match[3] or "", (width, height))
    else:
        raise BadRequest("The size must be max, w,  ,h  pct:n  w,h or !w,h, with ^ to enlarge.")
    if min(size) < 1:
        raise BadRequest("The size is zero pixels.")
    if not upscale and (size[0] > width or size[1] > height):
        raise BadRequest("The size is larger than the region; put ^ before it to enlarge.")
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_AREA:
        raise BadRequest(
            f"An image is limited to {MAX_AREA:,} pixels and sides of {MAX_SIDE:,}. "
            "Request a smaller one."
        )
    return size


def parse_rotation(text: str) -> tuple[bool, float]:
    """Parse the rotation parameter: whether to mirror first, and degrees clockwise."""
    match = _ROTATION.fullmatch(text)
    if match is None or float(match[2]) > 360:
        raise BadRequest("The rotation must be 0 to 360 degrees, with ! before it to mirror.")
    return match[1] == "!", float(match[2]) % 360


def information(address: str, page: Size) -> dict[str, Any]:
    """The `info.json` of a page; `address` is its base URL."""
    width, height = page
    deepest = max(0, math.ceil(math.log2(max(page) / TILE_SIDE)))
    factors = [2**level for level in range(deepest + 1)]
    sizes = [
        {"width": math.ceil(width / factor), "height": math.ceil(height / factor)}
        for factor in reversed(factors)
    ]
    fitting = [
        size
        for size in sizes
        if max(size.values()) <= MAX_SIDE and size["width"] * size["height"] <= MAX_AREA
    ]
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": MAX_SIDE,
        "maxHeight": MAX_SIDE,
        "maxArea": MAX_AREA,
        "sizes": fitting,
        "tiles": [{"width": TILE_SIDE, "height": TILE_SIDE, "scaleFactors": factors}],
        "preferredFormats": ["png"],
        "extraFormats": ["webp"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFeatures": [
            "canonicalLinkHeader",
            "mirroring",
            "profileLinkHeader",
            "regionSquare",
            "rotationArbitrary",
            "sizeUpscaling",
        ],
    }


def _by_sides(confined: bool, w: str, h: str, region: Size) -> Size:
    width, height = region
    if 0 in [int(side) for side in (w, h) if side]:
        raise BadRequest("The size is zero pixels.")
    if confined:
        if not (w and h):
            raise BadRequest("The size !w,h needs both numbers.")
        # A size larger than the region without ^: the specification's text would return the region
        # as it is, its validator expects an error, as for every other size. We follow the
        # validator.
        factor = min(int(w) / width, int(h) / height)
        return max(1, round(width * factor)), max(1, round(height * factor))
    if w and h:
        return int(w), int(h)
    if w:
        return int(w), max(1, round(height * int(w) / width))
    return max(1, round(width * int(h) / height)), int(h)


def _largest(width: int, height: int, upscale: bool) -> Size:
    factor = min(MAX_SIDE / max(width, height), math.sqrt(MAX_AREA / (width * height)))
    if not upscale:
        factor = min(1.0, factor)
    return max(1, int(width * factor)), max(1, int(height * factor))


def _canonical_size(size: Size, region: Region) -> str:
    if size == _largest(region[2], region[3], False):
        return "max"
    enlarged = size[0] > region[2] or size[1] > region[3]
    return f"{'^' if enlarged else ''}{size[0]},{size[1]}"
