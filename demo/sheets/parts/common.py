"""Shared by all parts: the free area, scales, and elements of dimensioned views."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from demo.sheets.shapes import (
    NARROW,
    Leader,
    Linear,
    Point,
    Ring,
    Stroke,
)
from demo.sheets.sheet import Fact, Sheet
from demo.sheets.values import DEVIATIONS, THREADS, number_text

#: ISO 5455.
SCALES = ((10, 1), (5, 1), (2, 1), (1, 1), (1, 2), (1, 5), (1, 10))


@dataclass(frozen=True, slots=True)
class Area:
    """Free area of the paper for the views, in millimetres."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class PartFacts:
    """The part's data for the title block: its volume in cm³."""

    volume: float


def rectangle(left: float, bottom: float, width: float, height: float) -> tuple[Point, ...]:
    """The closed outline."""
    right, top = left + width, bottom + height
    return ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))


def rounded_outline(
    sheet: Sheet, left: float, bottom: float, width: float, height: float, radius: float
) -> None:
    """A rectangle with four rounded corners."""
    right, top = left + width, bottom + height
    if radius <= 0:
        sheet.shapes.append(Stroke(rectangle(left, bottom, width, height)))
        return
    for a, b in (
        ((left + radius, bottom), (right - radius, bottom)),
        ((right, bottom + radius), (right, top - radius)),
        ((right - radius, top), (left + radius, top)),
        ((left, top - radius), (left, bottom + radius)),
    ):
        sheet.shapes.append(Stroke((a, b)))
    for x, y, start in (
        (right - radius, top - radius, 0),
        (left + radius, top - radius, 90),
        (left + radius, bottom + radius, 180),
        (right - radius, bottom + radius, 270),
    ):
        sheet.shapes.append(Ring((x, y), radius, start=start, end=start + 90))


def circle(sheet: Sheet, center: Point, radius: float, *, cross: bool = True) -> None:
    """A circle with its centre lines."""
    sheet.shapes.append(Ring(center, radius))
    if cross:
        x, y = center
        reach = radius + min(3.0, radius * 0.6 + 1)
        sheet.shapes.append(Stroke(((x - reach, y), (x + reach, y)), NARROW, "centre"))
        sheet.shapes.append(Stroke(((x, y - reach), (x, y + reach)), NARROW, "centre"))


def linear(
    sheet: Sheet,
    key: str,
    start: Point,
    end: Point,
    line_at: float,
    direction: str,
    *,
    prefix: str = "",
    suffix: str = "",
) -> None:
    """Dimension the distance between two points on the paper; the value is measured."""
    axis = 0 if direction == "horizontal" else 1
    size = round(abs(end[axis] - start[axis]) / sheet.factor, 3)
    text = f"{prefix}{number_text(size, sheet.style.decimal)}{suffix}"
    sheet.dimensions.append(
        Linear(start, end, line_at, direction, text, key, sheet.style.lettering)  # type: ignore[arg-type]
    )
    sheet.facts.append(Fact(key, text, "view", size))


def leader(
    sheet: Sheet,
    key: str,
    center: Point,
    radius: float,
    elbow: Point,
    *,
    kind: str = "diameter",
    prefix: str = "",
    suffix: str = "",
    text: str | None = None,
    side_view: bool = False,
    inward: bool = False,
) -> None:
    """Dimension a circle from outside. The shelf runs away from the circle.

    `inward`: a hollow arc, whose surface is reached through its centre.
    """
    angle = math.atan2(elbow[1] - center[1], elbow[0] - center[0]) + math.pi * inward
    tip = (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle))
    size = round(radius / sheet.factor * (2 if kind == "diameter" else 1), 3)
    sign = {"diameter": "Ø", "radius": "R", "note": ""}[kind]
    if text is None:
        text = f"{prefix}{sign}{number_text(size, sheet.style.decimal)}{suffix}"
    right = elbow[0] >= center[0]
    height = sheet.style.lettering
    sheet.dimensions.append(
        Leader(center, radius, tip, elbow, right, kind, text, key, height, not side_view)  # type: ignore[arg-type]
    )
    sheet.facts.append(Fact(key, text, "view", None if kind == "note" else size))


def threaded_hole(
    sheet: Sheet, rng: random.Random, center: Point, paper: float, elbow: Point
) -> None:
    """A threaded hole about `paper` millimetres wide on the sheet (ISO 6410-1: core and a
    three-quarter circle), with its designation."""
    wanted = rng.uniform(0.7, 1.0) * paper / sheet.factor
    thread = min(THREADS, key=lambda text: abs(_nominal(text) - wanted))
    radius = _nominal(thread) * sheet.factor / 2
    circle(sheet, center, radius * 0.85)
    sheet.shapes.append(Ring(center, radius, NARROW, start=100, end=350))
    leader(sheet, "thread", center, radius, elbow, kind="note", text=thread)


def _nominal(thread: str) -> float:
    return float(thread[1:].split("×")[0])


def spread(sheet: Sheet, rng: random.Random, low: float, high: float) -> float:
    """A random value from `low` to `high`; on a plain sheet always the middle."""
    place = rng.uniform(low, high)
    return (low + high) / 2 if sheet.style.plain else place


def deviation(sheet: Sheet, rng: random.Random, chance: float = 0.3) -> str:
    """Occasionally a symmetrical deviation, written with the sheet's decimal sign."""
    if rng.random() >= chance or sheet.style.plain:
        return ""
    return " " + rng.choice(DEVIATIONS).replace(".", sheet.style.decimal)
