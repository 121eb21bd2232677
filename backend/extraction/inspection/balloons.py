"""Places the numbered balloons of a page beside their dimensions and clear of its texts.

A balloon that a person moved keeps its place. The others are placed around it in the order of their
numbers, so that the same sheet always gives the same places.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from backend.geometry import Box

#: Radius in letter heights of the dimensions, and its bounds as shares of the shorter side.
_RADIUS, _LEAST, _MOST = 0.95, 0.007, 0.022
#: Distances that are tried, in radii from the dimension's edge, and the directions.
_STEPS = (1.25, 1.9, 2.8, 4.0, 5.5)
_DIRECTIONS = 16


@dataclass(frozen=True, slots=True)
class Numbered:
    """A dimension to mark; `place` is set if a person moved its balloon."""

    row: str
    number: int
    box: Box
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Balloon:
    """A balloon on the canvas: centre, radius, and the box of its dimension."""

    row: str
    number: int
    x: float
    y: float
    radius: float
    box: Box
    moved: bool = False

    @property
    def target(self) -> tuple[float, float]:
        """Return the point of the dimension's box that is nearest to the balloon."""
        left, top, width, height = self.box
        return (
            min(max(self.x, left), left + width),
            min(max(self.y, top), top + height),
        )


def drawn_before(box: Box) -> Box:
    """Return the place of the symbol of a tolerance frame or roughness that is drawn, not
    written.
    """
    x, y, width, height = box
    if height > width:  # the text reads upwards
        return Box(x, y + height, width, 2 * width)
    return Box(x - 2 * height, y, 2 * height, height)


def place_all(
    dimensions: Sequence[Numbered], texts: Iterable[Box], width: float, height: float
) -> list[Balloon]:
    """Return a balloon for each dimension of a page `width` × `height`; avoid the boxes in
    `texts`.
    """
    if not dimensions:
        return []
    side = min(width, height)
    letters = median(min(one.box[2], one.box[3]) for one in dimensions)
    radius = min(max(_RADIUS * letters, _LEAST * side), _MOST * side)
    busy = list(texts)
    placed = [
        Balloon(one.row, one.number, *one.place, radius, one.box, True)
        for one in dimensions
        if one.place is not None
    ]
    for one in sorted(dimensions, key=lambda one: one.number):
        if one.place is None:
            x, y = _best(one.box, radius, busy, placed, width, height)
            placed.append(Balloon(one.row, one.number, x, y, radius, one.box))
    return sorted(placed, key=lambda balloon: balloon.number)


def _best(
    box: Box,
    radius: float,
    busy: Sequence[Box],
    placed: Sequence[Balloon],
    width: float,
    height: float,
) -> tuple[float, float]:
    """Return the first free place around the box, or else the least crowded one."""
    near = [one for one in busy if _gap(one, box) < 8 * radius]
    choices: list[tuple[int, int, tuple[float, float]]] = []
    for step in _STEPS:
        for turn in range(_DIRECTIONS):
            x, y = _around(box, step * radius, turn)
            if not (radius < x < width - radius and radius < y < height - radius):
                continue
            crowd = sum(_covers(x, y, radius, one) for one in near)
            crowd += sum(math.hypot(x - one.x, y - one.y) < 2.1 * radius for one in placed)
            if not crowd:
                return x, y
            choices.append((crowd, len(choices), (x, y)))
    return min(choices)[2] if choices else (box[0], box[1])


def _around(box: Box, distance: float, turn: int) -> tuple[float, float]:
    """Return the point outside the box in direction `turn`; direction 0 is left."""
    angle = math.pi + 2 * math.pi * turn / _DIRECTIONS
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    reach = min(
        (box[2] / 2 + distance) / abs(cos) if abs(cos) > 1e-9 else math.inf,
        (box[3] / 2 + distance) / abs(sin) if abs(sin) > 1e-9 else math.inf,
    )
    return x + reach * cos, y + reach * sin


def _covers(x: float, y: float, radius: float, box: Box) -> bool:
    near_x = min(max(x, box[0]), box[0] + box[2])
    near_y = min(max(y, box[1]), box[1] + box[3])
    return math.hypot(x - near_x, y - near_y) < 1.05 * radius


def _gap(one: Box, other: Box) -> float:
    across = max(other[0] - one[0] - one[2], one[0] - other[0] - other[2], 0)
    down = max(other[1] - one[1] - one[3], one[1] - other[1] - other[3], 0)
    return math.hypot(across, down)
