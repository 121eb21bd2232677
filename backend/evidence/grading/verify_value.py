"""Checks a value a second time: which parts of the sheet to read again, and whether the readings
agree.

Pure geometry and comparison, without models or pictures.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.drawing import PageInfo, TextItem
from backend.evidence.grading.grader import Region, grade
from backend.evidence.index.sheet_index import MASSES, PageText, SheetIndex
from backend.evidence.parsing.answer_reader import Value, find_values
from backend.geometry import Box

#: Side of a tile in canvas pixels: a model gets this size whole, at native resolution.
TILE_SIDE = 1400
#: Tiles overlap by this share, so that a callout on an edge is whole in one of them.
OVERLAP = 0.1
#: The most tiles for one value; a very large sheet gets larger ones.
MOST_TILES = 12
#: Margin around a value's box, in shorter sides of the box, and its minimum in pixels.
MARGIN_SIDES, LEAST_MARGIN = 1.5, 24
#: A box this much higher than wide holds text that reads upwards.
TURNED_RATIO = 1.5
#: Least similarity of a reading that is shown beside a value that was not confirmed.
LIKENESS = 0.6

_NUMBER = r"\s*(\d{1,4}(?:\.\d+)?)\s*"
_MODEL_BOX = re.compile(
    rf"bbox_2d\"?\s*:\s*\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]"  # x1, y1, x2, y2
)
#: The range of the coordinates in boxes that a model writes.
_MODEL_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a page to look at (canvas pixels).

    `narrow`: the value is in its middle. `turned`: its text reads upwards.
    """

    drawing: str
    page: int
    box: Box
    narrow: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the value was read again, and the reading that confirms it or is nearest."""

    confirmed: bool
    read: str


def value_at(answer: str, start: int, end: int) -> Value | None:
    """Return the value at these UTF-16 offsets of an answer, read in its context."""
    return next((one for one in find_values(answer) if (one.start, one.end) == (start, end)), None)


def spot_around(drawing: str, page: PageInfo, box: Box) -> Spot:
    """Return the spot with the box in its middle and some of the sheet around it."""
    x, y, width, height = box
    margin = max(LEAST_MARGIN, MARGIN_SIDES * min(width, height))
    around = Box(x - margin, y - margin, width + 2 * margin, height + 2 * margin)
    turned = height > TURNED_RATIO * width
    return Spot(drawing, page.number, _clipped(around, page), narrow=True, turned=turned)


def tiles(
    drawing: str, page: PageInfo, box: Box | None = None, most: int = MOST_TILES
) -> list[Spot]:
    """Split the box, or the whole page, into at most `most` overlapping tiles in reading order."""
    x, y, width, height = _clipped(box or Box(0, 0, page.width, page.height), page)
    side = float(TILE_SIDE)
    while (count := math.ceil(width / side) * math.ceil(height / side)) > max(1, most):
        side *= math.sqrt(count / max(1, most)) + 0.05
    columns, rows = math.ceil(width / side), math.ceil(height / side)
    step_x, step_y = width / columns, height / rows
    more_x = OVERLAP * step_x if columns > 1 else 0
    more_y = OVERLAP * step_y if rows > 1 else 0
    return [
        Spot(
            drawing,
            page.number,
            _clipped(
                Box(
                    x + column * step_x - more_x,
                    y + row * step_y - more_y,
                    step_x + 2 * more_x,
                    step_y + 2 * more_y,
                ),
                page,
            ),
        )
        for row in range(rows)
        for column in range(columns)
    ]


def boxes_in(answer: str, near: int, page: PageInfo) -> list[Box]:
    """Return the boxes in a model's answer about a page, in canvas pixels.

    The one written nearest to the character `near` comes first.
    """
    found = sorted(_MODEL_BOX.finditer(answer), key=lambda match: abs(match.start() - near))
    boxes = []
    for match in found:
        left, top, right, bottom = (min(float(part) / _MODEL_SCALE, 1.0) for part in match.groups())
        if left < right and top < bottom:
            x, y = left * page.width, top * page.height
            boxes.append(Box(x, y, right * page.width - x, bottom * page.height - y))
    return boxes


def region_spots(regions: Iterable[Region], pages: dict[tuple[str, int], PageInfo]) -> list[Spot]:
    """Return spots for these regions; a region larger than a tile is split into tiles."""
    spots: list[Spot] = []
    for region in regions:
        page = pages.get((region.drawing, region.page))
        if page is not None and len(spots) < MOST_TILES:
            spots += tiles(region.drawing, page, region.box, MOST_TILES - len(spots))
    return list(dict.fromkeys(spots))


def judge(value: Value, readings: Sequence[str]) -> Verdict:
    """Compare a value with the readings, each parsed by the evidence grammar and matched whole."""
    readings = [" ".join(reading.split()) for reading in readings if reading.strip()]
    for reading in readings:
        if _says(value, [reading]):
            return Verdict(True, reading)
    if _says(value, readings):  # several single ones add up to a counted one
        return Verdict(True, value.text)
    alike = difflib.get_close_matches(value.text, readings, 1, LIKENESS)
    if len(readings) == 1:
        alike = readings
    return Verdict(False, alike[0] if alike else "")


def _says(value: Value, readings: Sequence[str]) -> bool:
    items = [
        TextItem(reading, Box(0.0, 500.0 * row, 12.0 * len(reading), 20.0))
        for row, reading in enumerate(readings)
    ]
    if value.reading.unit in MASSES:  # a crop shows the value, not the word above it
        items.append(TextItem(value.reading.unit, Box(0.0, -500.0, 20.0, 20.0)))
    (graded,) = grade([value], SheetIndex([PageText("", 1, items)]))
    return graded.status == "found"


def _clipped(box: Box, page: PageInfo) -> Box:
    x, y, width, height = box
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(page.width), x + width), min(float(page.height), y + height)
    return Box(left, top, max(1.0, right - left), max(1.0, bottom - top))
