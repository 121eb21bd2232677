"""Reads SVG files: librsvg renders a region by narrowing the view box to it.

No external file is ever opened: the SVG is rendered from memory without a base URL, and a file that
declares XML entities is refused. Text is extracted in `svg_text.py`.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pyvips

from backend.drawing import TextItem
from backend.drawings.formats.format import (
    VECTOR_DPI,
    Canvas,
    Limits,
    Size,
    VipsImage,
    check_proportions,
)
from backend.drawings.formats.pixels import normalise, resize_exactly, to_rgb
from backend.drawings.formats.svg_text import MAX_DEPTH, SVG, svg_text
from backend.drawings.formats.warnings import SVG_WITHOUT_PAPER
from backend.errors import DamagedFile, RenderFailed, TooComplex, UnsupportedFormat
from backend.geometry import Box

#: Pixels of A3 at 300 dpi; a drawing without a size is fitted to it.
A3 = (4961, 3508)
MAX_BYTES = 64 * 2**20
_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-z%]*)\s*")
_XLINK = "{http://www.w3.org/1999/xlink}href"


class SvgDrawing:
    """A parsed SVG file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        if path.stat().st_size > MAX_BYTES:
            raise TooComplex("The SVG is larger than 64 MiB. Export it as PDF.")
        data = path.read_bytes()
        if b"<!ENTITY" in data.replace(b"\0", b"").upper():
            raise UnsupportedFormat("The SVG declares XML entities. Save it as plain SVG.")
        try:
            self._root = ET.fromstring(data)  # noqa: S314 - entities were refused above
        except (ET.ParseError, ValueError, RecursionError) as error:
            raise DamagedFile("The SVG is not valid XML. Export it again.") from error
        if self._root.tag not in (f"{SVG}svg", "svg"):
            raise DamagedFile("The file is XML, but not an SVG drawing.")
        _forget_outside(self._root)
        count = _unfolded(self._root)
        if count > limits.entities:
            raise TooComplex(f"The SVG draws {count:,} elements; the limit is {limits.entities:,}.")
        self._limits = limits
        self._size, self._view, self._has_size = _geometry(self._root)

    def canvases(self) -> list[Canvas]:
        """The only page, drawn once at a small size so that rendering errors surface at upload."""
        width, height = self._canvas_size()
        check_proportions(width, height, 1, self._limits)
        small = (width // 8 or 1, height // 8 or 1)
        try:
            self.render(1, (width, height), Box(0, 0, width, height), small)
        except RenderFailed as error:  # asking again would not help
            raise DamagedFile(str(error)) from error
        found = bool(self.text(1, (width, height)))
        notes = () if self._has_size else (SVG_WITHOUT_PAPER,)
        return [Canvas(width, height, VECTOR_DPI, "vector" if found else "none", None, notes)]

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """As `OpenDrawing.render`."""
        x, y, width, height = self._view
        across, down = width / canvas[0], height / canvas[1]
        view = Box(
            x + region.x * across,
            y + region.y * down,
            region.width * across,
            region.height * down,
        )
        kept = {key: self._root.get(key) for key in ("width", "height", "viewBox")}
        ratio = self._root.get("preserveAspectRatio")
        self._root.set("width", str(size[0]))
        self._root.set("height", str(size[1]))
        self._root.set("viewBox", " ".join(f"{value:.9g}" for value in view))
        self._root.set("preserveAspectRatio", "none")
        data = ET.tostring(self._root)
        for key, value in {**kept, "preserveAspectRatio": ratio}.items():
            if value is None:
                self._root.attrib.pop(key, None)
            else:
                self._root.set(key, value)
        try:
            image = normalise(pyvips.Image.svgload_buffer(data)).copy_memory()
        except pyvips.Error as error:
            raise RenderFailed("The SVG could not be drawn. Export it as PDF.") from error
        return to_rgb(resize_exactly(image, size))

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """As `OpenDrawing.text`."""
        return svg_text(self._root, self._view, canvas)

    def close(self) -> None:
        """Nothing to release."""

    def _canvas_size(self) -> Size:
        width, height = self._size
        if self._has_size:
            scale = VECTOR_DPI / 25.4
            most = math.sqrt(self._limits.pixels / (width * height))
            scale = min(scale, most, 120_000 / max(width, height))
        else:
            room = A3 if width >= height else A3[::-1]
            scale = min(room[0] / width, room[1] / height)
        return max(1, round(width * scale)), max(1, round(height * scale))


def _geometry(root: ET.Element) -> tuple[tuple[float, float], Box, bool]:
    """Size (millimetres, or user units without a paper size), the view box, and which of the
    two."""
    view = _numbers(root.get("viewBox", ""))
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = view if len(view) == 4 and view[2] > 0 and view[3] > 0 else None
    if width and height and width[1] in _MM and height[1] in _MM:
        size = width[0] * _MM[width[1]], height[0] * _MM[height[1]]
        has_size = True
    else:
        has_size = False
        if box is not None:
            size = box[2], box[3]
        elif width and height and "%" not in (width[1], height[1]):
            size = width[0], height[0]
        else:
            raise DamagedFile("The SVG has no size and no view box. Export it again.")
    if not all(0 < value < 1e9 for value in size):
        raise DamagedFile("The SVG's size is out of range. Export it again.")
    if box is None:
        pixels = [value * 96 / 25.4 for value in size] if has_size else list(size)
        return size, Box(0, 0, pixels[0], pixels[1]), has_size
    return size, _same_aspect(Box(*box), size), has_size


def _same_aspect(view: Box, size: tuple[float, float]) -> Box:
    """The view box widened to the sheet's proportions, as `xMidYMid meet` shows it."""
    x, y, width, height = view
    scale = min(size[0] / width, size[1] / height)
    wide, tall = size[0] / scale, size[1] / scale
    return Box(x - (wide - width) / 2, y - (tall - height) / 2, wide, tall)


def _forget_outside(root: ET.Element) -> None:
    """Remove scripts and references that leave the file."""
    for element in root.iter():
        for name in ("href", _XLINK):
            target = element.get(name, "").strip()
            if target and not target.startswith(("#", "data:image/png", "data:image/jpeg")):
                del element.attrib[name]
        for child in list(element):
            if isinstance(child.tag, str) and child.tag.rpartition("}")[2] in (
                "script",
                "foreignObject",
                "include",
            ):
                element.remove(child)


def _unfolded(root: ET.Element) -> int:
    """The number of elements drawn with every `use` expanded.

    Ten uses of ten uses of ten … fit in a kilobyte and never finish.
    """
    named = {element.get("id", ""): element for element in root.iter()}
    counted: dict[str, int] = {}

    def count(element: ET.Element, inside: tuple[str, ...]) -> int:
        total = 0
        for each in element.iter():
            total += 1
            if isinstance(each.tag, str) and each.tag.removeprefix(SVG) == "use":
                target = (each.get("href") or each.get(_XLINK) or "").removeprefix("#")
                total += reference(target, inside)
        return total

    def reference(target: str, inside: tuple[str, ...]) -> int:
        if target in inside or target not in named or len(inside) > MAX_DEPTH:
            return 0  # librsvg draws nothing for a loop
        if target not in counted:
            counted[target] = count(named[target], (*inside, target))
        return counted[target]

    return count(root, ())


def _length(text: str | None) -> tuple[float, str] | None:
    match = _LENGTH.fullmatch(text or "")
    return None if match is None else (float(match[1]), match[2])


def _numbers(text: str) -> list[float]:
    try:
        values = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        return []
    return values if all(math.isfinite(value) for value in values) else []
