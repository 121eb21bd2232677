"""Vector strokes of a page in the form the symbol readers use. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.geometry import Box

Point = tuple[float, float]


class Stroke(NamedTuple):
    """One unbroken part of a path, in canvas pixels; curves are chains of short lines.

    `path` numbers the path object that it is part of: programs often draw a symbol as one.
    """

    points: Sequence[Point]
    path: int
    box: Box
    is_filled: bool = False

    @classmethod
    def of(cls, points: Sequence[Point], path: int, is_filled: bool = False) -> Stroke:
        """Build a stroke with its box from at least one point."""
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        left, top = min(xs), min(ys)
        return cls(points, path, Box(left, top, max(xs) - left, max(ys) - top), is_filled)


class StrokeGrid:
    """Finds the strokes near a place."""

    def __init__(self, strokes: Iterable[Stroke], side: float) -> None:
        self._side = max(side, 1.0)
        self._cells: dict[tuple[int, int], list[Stroke]] = defaultdict(list)
        for stroke in strokes:
            x, y, width, height = stroke.box
            self._cells[self._cell(x + width / 2, y + height / 2)].append(stroke)

    def near(self, box: Box) -> list[Stroke]:
        """Return strokes whose centre is in the box."""
        left, top = self._cell(box[0], box[1])
        right, bottom = self._cell(box[0] + box[2], box[1] + box[3])
        found = []
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                for stroke in self._cells.get((column, row), ()):
                    x, y = stroke.box[0] + stroke.box[2] / 2, stroke.box[1] + stroke.box[3] / 2
                    if box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]:
                        found.append(stroke)
        return found

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return int(x // self._side), int(y // self._side)


def clusters(boxes: Sequence[Box], gap: float) -> list[list[int]]:
    """Group the indices of boxes that are at most `gap` apart, directly or through others."""
    groups: list[list[int]] = []
    for index, box in enumerate(boxes):
        joined = [index]
        apart = []
        for group in groups:
            if any(_is_near(box, boxes[other], gap) for other in group):
                joined += group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _is_near(one: Box, other: Box, gap: float) -> bool:
    return (
        one[0] - gap <= other[0] + other[2]
        and other[0] - gap <= one[0] + one[2]
        and one[1] - gap <= other[1] + other[3]
        and other[1] - gap <= one[1] + one[3]
    )
