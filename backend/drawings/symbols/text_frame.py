"""Converts between canvas pixels and the frame of a line of text, to measure strokes beside it.

In a line's frame `u` runs along the text and `v` up from the baseline, both in heights of its
digits: a symbol of the line's own size is about one high, at any place and rotation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from backend.drawings.symbols.strokes import Point, Stroke
from backend.drawings.text.text_lines import Letter, Line
from backend.geometry import Box

#: Height of capitals and digits as a share of the font size, if it cannot be measured.
CAPITAL = 0.72


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle in a line's frame."""

    left: float
    low: float
    right: float
    high: float

    @property
    def width(self) -> float:
        """The size along the text."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The size across the text."""
        return self.high - self.low

    @property
    def box(self) -> Box:
        """The rectangle as left, low, width, height."""
        return Box(self.left, self.low, self.width, self.height)

    @property
    def center(self) -> Point:
        """The centre."""
        return (self.left + self.right) / 2, (self.low + self.high) / 2


class TextFrame:
    """Converts between canvas pixels and the frame of one line."""

    def __init__(self, line: Line) -> None:
        turn = math.radians(line.angle)
        self._cos, self._sin = math.cos(turn), math.sin(turn)
        self._base = line.base
        self.angle = line.angle
        self.height = digit_height(line)

    def point(self, x: float, y: float) -> Point:
        """Convert a canvas point to the frame."""
        along, down = x * self._cos + y * self._sin, y * self._cos - x * self._sin
        return along / self.height, (self._base - down) / self.height

    def points(self, stroke: Stroke) -> list[Point]:
        """Convert a stroke's points to the frame."""
        cos, sin, base, height = self._cos, self._sin, self._base, self.height
        return [
            ((x * cos + y * sin) / height, (base - y * cos + x * sin) / height)
            for x, y in stroke.points
        ]

    def framed(self, stroke: Stroke) -> FramedStroke:
        """Return a stroke with its place in the frame."""
        points = self.points(stroke)
        return FramedStroke(stroke, points, extent_of([points]))

    def pixels(self, u: float) -> float:
        """Convert a length or a place along the text to canvas pixels."""
        return u * self.height

    def base(self, v: float) -> float:
        """Return the baseline of a letter that is `v` above this line's."""
        return self._base - v * self.height

    def box(self, extent: Extent) -> Box:
        """Return the upright canvas box around a rectangle of the frame."""
        corners = [
            self._canvas(u, v)
            for u in (extent.left, extent.right)
            for v in (extent.low, extent.high)
        ]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def around(self, box: Box, along: float, across: float) -> Box:
        """Enlarge a canvas box along and across the text, by lengths of the frame."""
        right, down = along * self.height, across * self.height
        if self.angle % 180 == 90:
            right, down = down, right
        elif self.angle % 180:
            right = down = max(right, down)
        return Box(box[0] - right, box[1] - down, box[2] + 2 * right, box[3] + 2 * down)

    def _canvas(self, u: float, v: float) -> Point:
        along, down = u * self.height, self._base - v * self.height
        return along * self._cos - down * self._sin, along * self._sin + down * self._cos


class FramedStroke(NamedTuple):
    """A stroke in a line's frame."""

    stroke: Stroke
    points: list[Point]
    extent: Extent


def extent_of(strokes: Iterable[Sequence[Point]]) -> Extent:
    """Return the extent of strokes in a frame; there is at least one."""
    points = [point for stroke in strokes for point in stroke]
    us, vs = [u for u, _ in points], [v for _, v in points]
    return Extent(min(us), min(vs), max(us), max(vs))


def digit_height(line: Line) -> float:
    """Return the digit height in pixels, measured from their ink if the text is not slanted."""
    guess = CAPITAL * line.size
    if line.angle % 90:
        return guess
    side = 2 if line.angle % 180 else 3
    heights = [letter.box[side] for letter in line.letters if is_digit(letter)]
    measured = median(heights) if heights else guess
    return measured if 0.6 * guess < measured < 1.5 * guess else guess


def is_digit(letter: Letter) -> bool:
    """Whether it is 0 to 9."""
    return letter.text.isascii() and letter.text.isdigit()
