"""Elements of a sheet: strokes, lettering and dimensions, in millimetres on the paper.

Origin bottom left, y upwards. Plain values that draw nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top
LineType = Literal["solid", "centre", "hidden"]
Anchor = Literal["left", "middle", "right"]

#: ISO 128: a wide and a narrow line in the ratio 2:1.
WIDE, NARROW = 0.5, 0.25


@dataclass(frozen=True, slots=True)
class Stroke:
    """A polyline. `weight` is `WIDE` or `NARROW`; the sheet's style scales it."""

    points: tuple[Point, ...]
    weight: float = WIDE
    line_type: LineType = "solid"


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle, or the arc from `start` to `end` (degrees, counter-clockwise from the right)."""

    center: Point
    radius: float
    weight: float = WIDE
    line_type: LineType = "solid"
    start: float = 0.0
    end: float = 360.0


@dataclass(frozen=True, slots=True)
class Hatch:
    """A cut surface: 45° lines inside a polygon."""

    outline: tuple[Point, ...]
    spacing: float = 3.0


@dataclass(frozen=True, slots=True)
class Lettering:
    """Upright text on a baseline. `height` is the cap height; `key` names the fact it states."""

    at: Point
    text: str
    height: float
    anchor: Anchor = "left"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear dimension from `start` to `end`; its line passes through `line_at`.

    `text` is the displayed text: `prefix`, the measured value and `suffix`.
    """

    start: Point
    end: Point
    line_at: float
    direction: Literal["horizontal", "vertical"]
    text: str
    key: str
    height: float


@dataclass(frozen=True, slots=True)
class Leader:
    """A diameter, radius or thread with an arrow from outside and text on a short shelf.

    `tip` touches the circle, `elbow` is the near end of the shelf; `right` is the side to which the
    shelf extends. `center` and `radius` are the circle's.
    """

    center: Point
    radius: float
    tip: Point
    elbow: Point
    right: bool
    kind: Literal["diameter", "radius", "note"]
    text: str
    key: str
    height: float
    #: False for a turned part in side view, where the "circle" is a surface line.
    round: bool = True


@dataclass(frozen=True, slots=True)
class Angular:
    """The angle at `center` between two rays, in degrees counter-clockwise from the right."""

    center: Point
    start: float
    end: float
    radius: float
    text: str
    key: str
    height: float


Shape = Stroke | Ring | Hatch | Lettering
Dimension = Linear | Leader | Angular
