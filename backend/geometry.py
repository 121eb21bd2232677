"""Boxes on a page and their arithmetic.

A box is `(x, y, width, height)` in canvas pixels: the page's frozen pixel grid, origin top left,
y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Box(NamedTuple):
    """An axis-aligned rectangle; a plain tuple for JSON, the database and worker pipes."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def around(cls, boxes: Iterable[tuple[float, float, float, float]]) -> Box:
        """The smallest box that contains all; raises `ValueError` if there is none."""
        every = list(boxes)
        left, top = min(box[0] for box in every), min(box[1] for box in every)
        right = max(box[0] + box[2] for box in every)
        bottom = max(box[1] + box[3] for box in every)
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> float:
        """The x coordinate of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of the lower edge."""
        return self.y + self.height

    @property
    def center(self) -> tuple[float, float]:
        """The centre, as (x, y)."""
        return (self.x + self.width / 2, self.y + self.height / 2)

    @property
    def area(self) -> float:
        """The area in square pixels."""
        return self.width * self.height

    def union(self, other: Box) -> Box:
        """The smallest box that contains both."""
        return Box.around((self, other))

    def intersection(self, other: Box) -> Box | None:
        """The common part; None if they share no area."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        width = min(self.right, other.right) - left
        height = min(self.bottom, other.bottom) - top
        return Box(left, top, width, height) if width > 0 and height > 0 else None

    def overlap(self, other: Box) -> float:
        """The common area in square pixels."""
        common = self.intersection(other)
        return common.area if common else 0.0

    def overlap_share(self, other: Box) -> float:
        """The common area as a share of the smaller box, 0 to 1; 0 if either has no area."""
        smaller = min(self.area, other.area)
        return self.overlap(other) / smaller if smaller > 0 else 0.0

    def distance(self, other: Box) -> float:
        """The shortest distance between the edges, in pixels; 0 if they touch or overlap."""
        dx = max(self.x - other.right, other.x - self.right, 0.0)
        dy = max(self.y - other.bottom, other.y - self.bottom, 0.0)
        return math.hypot(dx, dy)

    def contains(self, x: float, y: float) -> bool:
        """Whether the point is inside the box or on its edge."""
        return self.x <= x <= self.right and self.y <= y <= self.bottom
