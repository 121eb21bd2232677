"""Merges OCR results from overlapping, upright and rotated tiles into one page of text. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.drawings.text.stacked import items_of
from backend.drawings.text.text_lines import Line, along
from backend.drawings.text.text_places import Place, is_covered
from backend.geometry import Box

#: Largest side of a tile and overlap of neighbouring tiles, in pixels.
TILE = 1280
OVERLAP = 256
#: A scan of at least this density is read at half size: its letters are large enough.
FINE_DPI = 400.0
MIN_CONFIDENCE = 0.7
#: Factor for the confidence of a text that may be cut by a tile's edge.
CUT = 0.3
#: The model's alphabet has no Ø; it reads these characters instead, before a number.
_DIAMETER = re.compile(r"(?:(?<=^)|(?<=\()|(?<=\d[xX×]))[0OQo@](?=\d)")
_PHI = re.compile(r"[φΦ]\s?(?=\d)")
_PERCENT = re.compile(r"(?<=\b[346]0|\b15|\b45|\b90)%$|(?<=\b120)%$")
_GUESS = 0.9
#: A nominal size directly followed by its lower tolerance; the upper one may be above it.
_JOINED = re.compile(r"(.*\d)\s+([+\-−]\d+(?:[.,]\d+)?)")
_ONE_SIDED = re.compile(r"[+\-−]\s?\d+(?:[.,]\d+)?")
_BOTH = re.compile(r"±|/[+\-−]?\d")
_NUMBER_LAST = re.compile(r"\d$")
#: Confidence of a size with a deviation that was not read.
HALF_READ = 0.7
_UPPER = re.compile(r"[+\-−±]?\d+(?:[.,]\d+)?")

Region = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text recognised by OCR, its box in canvas pixels. `cut`: it touches its tile's edge."""

    text: str
    box: Box
    angle: float
    confidence: float
    cut: bool = False
    #: Along and across the text, if it is not level; otherwise the box has the size.
    size: tuple[float, float] = (0.0, 0.0)
    #: The role that the picture shows: `roughness`.
    role: str | None = None

    @property
    def sides(self) -> tuple[float, float]:
        """The length along the text and the height across it, in canvas pixels."""
        if self.size[1]:
            return self.size
        _, _, width, height = self.box
        return (height, width) if self.angle in (90, 270) else (width, height)

    @property
    def place(self) -> Place:
        """The place on the canvas."""
        return Place(self.box, self.angle, self.sides)


def tiles(width: int, height: int, dpi: float | None) -> list[tuple[Region, tuple[int, int]]]:
    """Yield regions of a page and the size at which each is read."""
    shrink = 2 if dpi is not None and dpi >= FINE_DPI else 1
    side, overlap = TILE * shrink, OVERLAP * shrink
    found = []
    for y in _starts(height, side, overlap):
        for x in _starts(width, side, overlap):
            w, h = min(side, width - x), min(side, height - y)
            size = max(32, w // shrink), max(32, h // shrink)
            found.append(((x, y, w, h), size))
    return found


def merge(readings: Sequence[Reading]) -> list[TextItem]:
    """Return the text of the page: the best reading at each place, with stacks joined."""
    kept: list[Reading] = []
    plausible = [each for each in readings if _is_plausible(each)]
    for each in sorted(plausible, key=_weight, reverse=True):
        if not is_covered(each.place, [other.place for other in kept]):
            kept.append(_with_diameter(each))
    lines = [_line(each) for each in kept]
    items = items_of([part for line in lines for part in _split_tolerance(line, lines)])
    return [dataclasses.replace(_without_trust(item, items), source="ocr") for item in items]


def _without_trust(item: TextItem, items: Sequence[TextItem]) -> TextItem:
    """Lower the confidence of a size with only one deviation: the other was not read."""
    beside = _NUMBER_LAST.search(item.text) and any(
        _ONE_SIDED.fullmatch(other.text) and _is_behind(item, other) for other in items
    )
    if beside or (_JOINED.fullmatch(item.text) and not _BOTH.search(item.text)):
        return dataclasses.replace(item, confidence=min(item.confidence, HALF_READ))
    return item


def _is_behind(item: TextItem, other: TextItem) -> bool:
    """Whether a text begins at the end of the other, up to a row higher or lower."""
    if round(item.angle) != round(other.angle):
        return False
    (x, y), (u, v) = along(item.angle, *item.box.center), along(item.angle, *other.box.center)
    sideways = round(item.angle / 90) % 2
    long, high = (item.box[3], item.box[2]) if sideways else (item.box[2], item.box[3])
    other_long = other.box[3] if sideways else other.box[2]
    gap = (u - other_long / 2) - (x + long / 2)
    return abs(y - v) < 1.6 * high and -0.5 * high < gap < 1.5 * high


def _starts(length: int, side: int, overlap: int) -> range | list[int]:
    if length <= side:
        return [0]
    return range(0, length - overlap, side - overlap)


def _is_plausible(reading: Reading) -> bool:
    """Whether the reading is upright: a letter is taller than wide, a word wider than tall."""
    text = reading.text.strip()
    if not text or reading.confidence < MIN_CONFIDENCE:
        return False
    width, height = reading.sides
    return 1.2 * height >= width if len(text) == 1 else width >= height


def _weight(reading: Reading) -> float:
    trust = reading.confidence * (CUT if reading.cut else 1.0)
    return trust * math.sqrt(len(reading.text.strip()))


def _with_diameter(reading: Reading) -> Reading:
    """Read `042` and `Q42` as `Ø42`: no number on a drawing starts with 0 and another digit. `45%`
    is an angle.
    """
    text, greek = _PHI.subn("Ø", reading.text.strip())
    text, count = _DIAMETER.subn("Ø", text)
    text, angles = _PERCENT.subn("°", text)
    trust = reading.confidence * (_GUESS if greek or count or angles else 1.0)
    return dataclasses.replace(reading, text=text, confidence=round(trust, 3))


def _split_tolerance(line: Line, lines: Sequence[Line]) -> list[Line]:
    """Split `35.00 -0.20` if an upper tolerance is above its second part."""
    match = _JOINED.fullmatch(line.text)
    if match is None:
        return [line]
    cut = line.start + (line.end - line.start) * match.start(2) / len(line.text)
    for other in lines:
        above = 0.5 < (line.base - other.base) / line.size < 1.5
        beside = other.start > cut - line.size and other.end < line.end + line.size
        if above and beside and other.angle == line.angle and _UPPER.fullmatch(other.text):
            nominal = dataclasses.replace(line, text=match[1], end=cut)
            return [nominal, dataclasses.replace(line, text=match[2], start=cut)]
    return [line]


def _line(reading: Reading) -> Line:
    length, height = reading.sides
    start, base = along(reading.angle, *reading.box.center)
    return Line(
        reading.text,
        reading.box,
        reading.angle,
        height,
        start - length / 2,
        start + length / 2,
        base + height / 2,
        reading.confidence,
        reading.role,
    )
