"""A second look at a value: where to look again, and whether what was read there says the same.

Pure geometry and comparison. Knows nothing of models, pictures or of how anything is asked.
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

#: Side of a tile in canvas pixels: at this size a model gets it whole, at native resolution.
TILE_SIDE = 1400
#: Tiles overlap by this share, so that a callout on an edge is whole in one of them.
OVERLAP = 0.1
#: More tiles are not looked at for one value; a very large sheet gets larger ones.
MOST_TILES = 12
#: Room around a value's box, in shorter sides of the box, and at least in pixels.
MARGIN_SIDES, LEAST_MARGIN = 1.5, 24
#: A box this much higher than wide holds text that reads upwards.
TURNED_RATIO = 1.5
#: How alike a reading must be to be shown beside a value that was not read again.
LIKENESS = 0.6

_NUMBER = r"\s*(\d{1,4}(?:\.\d+)?)\s*"
_MODEL_BOX = re.compile(
    rf"bbox_2d\"?\s*:\s*\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]"  # x1, y1, x2, y2
)
#: What the boxes that a model writes are relative to.
_MODEL_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a page to look at (canvas pixels).

    `narrow`: the value stands in its middle. `turned`: its text reads upwards.
    """

    drawing: str
    page: int
    box: Box
    narrow: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the value was read again, and the reading that says so or comes nearest."""

    confirmed: bool
    read: str


def value_at(answer: str, start: int, end: int) -> Value | None:
    """The value that stands at these UTF-16 offsets of an answer, read in its context."""
    return next((one for one in find_values(answer) if (one.start, one.end) == (start, end)), None)


def spot_around(drawing: str, page: PageInfo, box: Box) -> Spot:
    """The spot with the box in its middle and some of the sheet around it."""
    x, y, width, height = box
    margin = max(LEAST_MARGIN, MARGIN_SIDES * min(width, height))
    around = Box(x - margin, y - margin, width + 2 * margin, height + 2 * margin)
    turned = height > TURNED_RATIO * width
    return Spot(drawing, page.number, _clipped(around, page), narrow=True, turned=turned)


def tiles(
    drawing: str, page: PageInfo, box: Box | None = None, most: int = MOST_TILES
) -> list[Spot]:
    """The box, or the whole page, in at most `most` overlapping tiles in reading order."""
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
    """The boxes that the model wrote into its answer about a page, in canvas pixels.

    The one that stands nearest to the character `near` comes first.
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
    """The parts of these regions, each cut into tiles where it is larger than one."""
    spots: list[Spot] = []
    for region in regions:
        page = pages.get((region.drawing, region.page))
        if page is not None and len(spots) < MOST_TILES:
            spots += tiles(region.drawing, page, region.box, MOST_TILES - len(spots))
    return list(dict.fromkeys(spots))


def judge(value: Value, readings: Sequence[str]) -> Verdict:
    """Hold a value against what was read, each reading by the evidence grammar, matched whole."""
    readings = [" ".join(reading.split()) for reading in readings if reading.strip()]
    for reading in readings:
        if _says(value, [reading]):
            return Verdict(True, reading)
    if _says(value, readings):  # several single ones make a counted one
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
    if value.reading.unit in MASSES:  # a look shows the value, not the word over it
        items.append(TextItem(value.reading.unit, Box(0.0, -500.0, 20.0, 20.0)))
    (graded,) = grade([value], SheetIndex([PageText("", 1, items)]))
    return graded.status == "found"


def _clipped(box: Box, page: PageInfo) -> Box:
    x, y, width, height = box
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(page.width), x + width), min(float(page.height), y + height)
    return Box(left, top, max(1.0, right - left), max(1.0, bottom - top))
