"""The exact ground truth of a rendered sheet, with boxes in canvas pixels; written as JSON.

The canvas is the product's: the page at 300 dpi, origin top left, boxes `[x, y, w, h]`.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass

from demo.sheets.dxf import text_middle
from demo.sheets.pdf import Placed
from demo.sheets.shapes import Leader, Lettering, Linear, Point
from demo.sheets.sheet import Sheet

DPI = 300
CanvasBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TrueFact:
    """A fact and its box. `number` is a nominal size in millimetres or degrees."""

    key: str
    value: str
    place: str
    number: float | None
    box: CanvasBox | None


@dataclass(frozen=True, slots=True)
class Truth:
    """The ground truth of a sheet. `texts` contains all lettering, including labels."""

    name: str
    seed: int
    kind: str
    width: int
    height: int
    scale: str
    decimal: str
    language: str
    font: str
    facts: tuple[TrueFact, ...]
    texts: tuple[tuple[str, CanvasBox], ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def truth_of(sheet: Sheet, placed: list[Placed], name: str, seed: int) -> Truth:
    """Match the sheet's facts with the texts in the PDF.

    Raises `ValueError` if a fact was not written, or far from its expected place: that is a bug in
    the generator.
    """
    pixels = DPI / 25.4
    texts = [
        (
            item.text,
            (
                round(item.box[0] * pixels, 1),
                round((sheet.height - item.box[3]) * pixels, 1),
                round((item.box[2] - item.box[0]) * pixels, 1),
                round((item.box[3] - item.box[1]) * pixels, 1),
            ),
        )
        for item in placed
    ]
    places = _places(sheet)
    facts = []
    for fact in sheet.facts:
        box: CanvasBox | None = None
        if fact.key not in _COUNTED:
            x, y = places[fact.key]
            there = (x * pixels, (sheet.height - y) * pixels)
            same = [box for text, box in texts if text == fact.value]
            box = min(same, key=lambda box: _distance(box, there), default=None)
            if box is None or _distance(box, there) > _NEAR:
                raise ValueError(f"{name}: {fact.key} {fact.value!r} was not drawn in its place")
        facts.append(TrueFact(fact.key, fact.value, fact.place, fact.number, box))
    return Truth(
        name,
        seed,
        sheet.kind,
        round(sheet.width * pixels),
        round(sheet.height * pixels),
        sheet.scale_text,
        sheet.style.decimal,
        sheet.style.language,
        sheet.style.font,
        tuple(facts),
        tuple(texts),
    )


#: Facts derived from a table, which are not written on the sheet.
_COUNTED = ("item_count", "latest_revision")
_NEAR = 250.0  # canvas pixels: the text of a dimension may be beside its line


def _places(sheet: Sheet) -> dict[str, Point]:
    """The expected place of each fact's text, in millimetres on the paper."""
    places = {
        shape.key: shape.at for shape in sheet.shapes if isinstance(shape, Lettering) and shape.key
    }
    for dimension in sheet.dimensions:
        if isinstance(dimension, Linear):
            places[dimension.key] = text_middle(sheet, dimension)
        elif isinstance(dimension, Leader):
            places[dimension.key] = dimension.elbow
        else:
            middle = math.radians((dimension.start + dimension.end) / 2)
            x, y = dimension.center
            places[dimension.key] = (
                x + dimension.radius * math.cos(middle),
                y + dimension.radius * math.sin(middle),
            )
    return places


def _distance(box: CanvasBox, point: Point) -> float:
    """Distance from `point` to the nearest point of the box."""
    across = max(box[0] - point[0], 0.0, point[0] - box[0] - box[2])
    down = max(box[1] - point[1], 0.0, point[1] - box[1] - box[3])
    return math.hypot(across, down)
