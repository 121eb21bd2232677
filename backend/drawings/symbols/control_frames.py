"""Joins feature control frames drawn as lines around text: `⌖|Ø0.14Ⓜ|C|EⓂ` becomes one line of
text.

A frame is read from its number outwards: ruled above, below and between its compartments, with the
sign of a geometric characteristic (ISO 1101, ASME Y14.5) in the compartment before the number,
drawn or written. Without such a sign, ruled text is a table and is left alone.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from backend.drawings.symbols.shape_matching import match
from backend.drawings.symbols.strokes import Point, Stroke, StrokeGrid
from backend.drawings.symbols.templates import CHARACTERISTICS
from backend.drawings.symbols.text_frame import (
    Extent,
    FramedStroke,
    TextFrame,
    extent_of,
    is_digit,
)
from backend.drawings.text.text_lines import Letter, Line, line_of, recut
from backend.geometry import Box

#: How far lines around a number are searched, in digit heights: before, behind, above and below.
BEFORE, BEHIND, ACROSS = 8.0, 24.0, 5.0
#: Distance of a frame's upper line from the baseline, and of its lower one, in digit heights.
ABOVE, BELOW = (0.9, 2.9), (-2.0, 0.02)
#: Heights of a row, widths of the compartment with the sign.
ROW, SIGN_CELL = (1.25, 4.2), (0.8, 4.2)
#: Largest gap between lines that meet, in digit heights.
SLACK = 0.18
#: A tolerance zone is always narrower than this, in millimetres or inches.
LARGEST = 10.0
#: Largest distance of a sign from the centre of its compartment, in digit heights.
OFF_CENTER = 0.45
#: The most strokes of a sign.
MAX_SIGN_STROKES = 60
#: The role of a frame's text.
FRAME = "frame"
_STRAIGHTNESS = "⏤"
#: The start of the text behind the sign, with a Ø or without.
_SMALL_NUMBER = re.compile(r"\W?(?:S?Ø|R|□)?\s?\d?(?:[.,]\d|(?!\d))")
_NUMBER = re.compile(r"(?:S?Ø|R|□)?\s?(?P<value>\d+(?:[.,]\d+)?|[.,]\d+)")


class _Edge(NamedTuple):
    one: Point
    other: Point


@dataclass(frozen=True, slots=True)
class _Ruling:
    """Lines around a number in its frame, each as (place, from, to)."""

    across: list[tuple[float, float, float]]
    upright: list[tuple[float, float, float]]

    def above(self, left: float, right: float, low: float, high: float) -> float | None:
        """Return the lowest line that spans `left` to `right`, between two heights."""
        return min(self._over(left, right, low, high), default=None)

    def below(self, left: float, right: float, low: float, high: float) -> float | None:
        """Return the highest line that spans `left` to `right`, between two heights."""
        return max(self._over(left, right, low, high), default=None)

    def _over(self, left: float, right: float, low: float, high: float) -> list[float]:
        return [
            v
            for v, start, end in self.across
            if low <= v <= high and start < left + SLACK and right - SLACK < end
        ]

    def is_ruled(self, u: float, v: float) -> bool:
        """Whether a line at the height `v` passes `u`."""
        return any(abs(at - v) < SLACK and a < u < b for at, a, b in self.across)

    def walls(self, low: float, high: float) -> list[float]:
        """Return the places of upright lines that reach from `low` to `high`, from the left."""
        places = sorted(u for u, a, b in self.upright if a < low + SLACK and b > high - SLACK)
        apart: list[float] = []
        for place in places:
            if not apart or place - apart[-1] > SLACK:
                apart.append(place)
        return apart


def with_control_frames(lines: list[Line], strokes: Sequence[Stroke]) -> list[Line]:
    """Return the lines, with those inside a feature control frame joined; `strokes` are those near
    text.
    """
    numbers = [line for line in lines if line.letters and _SMALL_NUMBER.match(line.text)]
    if not numbers or not strokes:
        return lines
    return _Frames(lines, strokes).joined(numbers)


class _Frames:
    """One pass over a page."""

    def __init__(self, lines: Sequence[Line], strokes: Sequence[Stroke]) -> None:
        self._lines = lines
        size = median(line.size for line in lines if line.letters)
        self._edges = _EdgeGrid(strokes, 0.5 * size, 6 * size)
        self._strokes = StrokeGrid(strokes, 4 * size)
        self._taken: set[int] = set()

    def joined(self, numbers: Iterable[Line]) -> list[Line]:
        rows: list[Line] = []
        for line in sorted(numbers, key=lambda one: one.start):
            anchor = next(
                (one for one in line.letters if is_digit(one) and id(one) not in self._taken), None
            )
            row = self._row(line, anchor) if anchor is not None else None
            if row is not None:
                rows.append(row)
        if not rows:
            return list(self._lines)
        return rows + [part for line in self._lines for part in self._left(line)]

    def _left(self, line: Line) -> list[Line]:
        left = [letter for letter in line.letters if id(letter) not in self._taken]
        return [line] if len(left) == len(line.letters) else recut(left)

    def _row(self, line: Line, anchor: Letter) -> Line | None:
        frame = TextFrame(line)
        near = self._edges.near(frame.around(line.box, max(BEFORE, BEHIND), ACROSS))
        ruling = _ruling(near, frame, anchor)
        u = (anchor.start + anchor.end) / 2 / frame.height
        high, low = ruling.above(u, u, *ABOVE), ruling.below(u, u, *BELOW)
        if high is None or low is None or not ROW[0] <= high - low <= ROW[1]:
            return None
        walls = ruling.walls(low, high)
        at = next((i for i in range(1, len(walls) - 1) if walls[i] < u < walls[i + 1]), None)
        if at is None:
            return None
        sign = self._sign(line, frame, ruling, Extent(walls[at - 1], low, walls[at], high))
        if sign is None:
            return None
        cells = [Extent(walls[at], low, walls[at + 1], high)]
        for left, right in zip(walls[at + 1 :], walls[at + 2 :], strict=False):
            middle = (left + right) / 2
            if not (ruling.is_ruled(middle, low) and ruling.is_ruled(middle, high)):
                break
            cells.append(Extent(left, low, right, high))
        return self._line(line, frame, walls[at - 1], cells, sign)

    def _line(
        self, line: Line, frame: TextFrame, start: float, cells: list[Extent], sign: Letter
    ) -> Line | None:
        filled = [letters for cell in cells if (letters := self._inside(line, frame, cell))]
        texts = [_cell_text(letters) for letters in filled]
        number = _NUMBER.match(texts[0]) if texts else None
        if number is None or float(number["value"].replace(",", ".")) >= LARGEST:
            return None
        self._taken.update(id(letter) for letters in filled for letter in letters)
        self._taken.add(id(sign))
        first, last = cells[0], cells[-1]
        extent = Extent(start, first.low, last.right, first.high)
        letters = [sign, *(letter for cell in filled for letter in cell)]
        return Line(
            "|".join([sign.text, *texts]),
            frame.box(extent),
            line.angle,
            line.size,
            frame.pixels(start),
            frame.pixels(last.right),
            line.base,
            drawn="".join(letter.text for letter in letters if letter.is_drawn),
            letters=letters,
            role=FRAME,
        )

    def _sign(self, line: Line, frame: TextFrame, ruling: _Ruling, cell: Extent) -> Letter | None:
        """Return the sign before a row; in composite frames its compartment is two rows high."""
        sides, row = (cell.left, cell.right), cell.height
        high = ruling.above(*sides, cell.high - SLACK, cell.high + 1.2 * row)
        low = ruling.below(*sides, cell.low - 1.2 * row, cell.low + SLACK)
        if high is None or low is None or not SIGN_CELL[0] <= cell.width <= SIGN_CELL[1]:
            return None
        cell = Extent(cell.left, low, cell.right, high)
        letters = self._inside(line, frame, cell)
        written = [letter for letter in letters if not letter.is_drawn]
        if written:
            is_sign = len(letters) == 1 and letters[0].text in CHARACTERISTICS
            return letters[0] if is_sign else None
        sign = self._drawn_sign(line, frame, cell)
        if sign is not None:  # its strokes were read as an arc above a length, or a square
            self._taken.update(id(letter) for letter in letters)
        return sign

    def _drawn_sign(self, line: Line, frame: TextFrame, cell: Extent) -> Letter | None:
        inside = []
        for stroke in self._strokes.near(frame.box(cell)):
            framed = frame.framed(stroke)
            extent = framed.extent
            if (
                cell.left + 0.04 < extent.left
                and extent.right < cell.right - 0.04
                and cell.low + 0.02 < extent.low
                and extent.high < cell.high - 0.02
            ):
                inside.append(framed)
        if not inside or len(inside) > MAX_SIGN_STROKES:
            return None
        text = _characteristic(inside, cell)
        if text is None:
            return None
        extent = extent_of(one.points for one in inside)
        start, end = frame.pixels(extent.left), frame.pixels(extent.right)
        return Letter(
            line.base, start, end, text, line.angle, line.size, frame.box(extent), is_drawn=True
        )

    def _inside(self, line: Line, frame: TextFrame, cell: Extent) -> list[Letter]:
        """Return the letters of a compartment, from the left."""
        found = []
        for other in self._lines:
            if round(other.angle) % 360 != round(line.angle) % 360:
                continue
            if not cell.low < (line.base - other.base) / frame.height + 0.4 < cell.high:
                continue
            for letter in other.letters:
                middle = _middle(letter, frame)
                if cell.left < middle < cell.right and id(letter) not in self._taken:
                    found.append(letter)
        return sorted(found, key=lambda one: one.start)


class _EdgeGrid:
    """Straight pieces of strokes, indexed by place."""

    def __init__(self, strokes: Iterable[Stroke], shortest: float, side: float) -> None:
        self._side = max(side, 1.0)
        self._cells: dict[tuple[int, int], list[_Edge]] = defaultdict(list)
        for stroke in strokes:
            if max(stroke.box[2], stroke.box[3]) < shortest:
                continue
            for one, other in zip(stroke.points, stroke.points[1:], strict=False):
                if math.hypot(other[0] - one[0], other[1] - one[1]) >= shortest:
                    edge = _Edge(one, other)
                    for cell in self._covered(*one, *other):
                        self._cells[cell].append(edge)

    def near(self, box: Box) -> set[_Edge]:
        """Return the pieces in a box or close to it."""
        x, y, width, height = box
        cells = self._covered(x, y, x + width, y + height)
        return {edge for cell in cells for edge in self._cells.get(cell, ())}

    def _covered(self, x1: float, y1: float, x2: float, y2: float) -> Iterator[tuple[int, int]]:
        side = self._side
        columns = range(int(min(x1, x2) // side), int(max(x1, x2) // side) + 1)
        for row in range(int(min(y1, y2) // side), int(max(y1, y2) // side) + 1):
            for column in columns:
                yield column, row


def _ruling(edges: Iterable[_Edge], frame: TextFrame, anchor: Letter) -> _Ruling:
    across, upright = [], []
    start = anchor.start / frame.height
    for edge in edges:
        (u1, v1), (u2, v2) = frame.point(*edge.one), frame.point(*edge.other)
        if max(u1, u2) < start - BEFORE or min(u1, u2) > start + BEHIND:
            continue
        if min(abs(v1), abs(v2)) > ACROSS and v1 * v2 > 0:
            continue
        if abs(v1 - v2) < 0.06:
            across.append(((v1 + v2) / 2, min(u1, u2), max(u1, u2)))
        elif abs(u1 - u2) < 0.06:
            upright.append(((u1 + u2) / 2, min(v1, v2), max(v1, v2)))
    return _Ruling(across, upright)


def _middle(letter: Letter, frame: TextFrame) -> float:
    if letter.is_drawn:  # its box reaches up to the letter behind it
        x, y, width, height = letter.box
        return frame.point(x + width / 2, y + height / 2)[0]
    return (letter.start + letter.end) / 2 / frame.height


def _characteristic(group: Sequence[FramedStroke], cell: Extent) -> str | None:
    points = [one.points for one in group]
    extent = extent_of(points)
    if not 0.4 <= max(extent.width, extent.height) <= 2.4:
        return None
    if max(abs(a - b) for a, b in zip(extent.center, cell.center, strict=True)) > OFF_CENTER:
        return None
    if extent.height < 0.12 * extent.width and len(group) <= 2:
        return _STRAIGHTNESS
    found = match(points, CHARACTERISTICS, all(one.stroke.is_filled for one in group))
    return None if found is None else found.sign


def _cell_text(letters: Sequence[Letter]) -> str:
    text = line_of(letters).text
    return re.sub(r"\s+(?=[Ⓐ-Ⓩ])|(?<=Ø)\s+", "", text)
