"""Finds the ruled cell around each text, and the circle around an item number.

Pure geometry on a page's ruling lines. Only lines parallel to the page's edges count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.drawing import TextItem
from backend.geometry import Box

#: Ends of lines meet within this many pixels (a quarter of a millimetre at 300 dpi).
SLACK = 4.0
#: Largest cell in heights of its text, vertically and to the sides, and its share of the page.
HIGHEST_CELL, WIDEST_CELL, LARGEST_SHARE = 22.0, 120.0, 0.2
#: Size of a balloon's circle in heights of its text, and its largest offset, in radii.
_BALLOON_SIZE, _BALLOON_OFF = (1.3, 5.0), 0.3
_ITEM_NUMBER = re.compile(r"\d{1,3}[A-Za-z]?|[A-Z]")

#: A run may be split between two cells at a space, or at the seam of two texts.
_SEAM = re.compile(r" |(?<=[.:a-zß-ÿ])(?=[A-ZÀ-Þ0-9])")

_SIZE = re.compile(r"(?:S?[Ø⌀]|S?R|□)?\s?\d*[.,]?\d+°?")
#: How far below a size its dimension line is, in letter heights, and how much of it is covered.
_LINE_BELOW, _LINE_COVERS = 0.7, 0.7

#: Roles of a text by the lines around it: an item number in a circle, or a size right above a line
#: of its own.
BALLOON, OVER_LINE = "balloon", "over_line"


class Segment(NamedTuple):
    """A line on the canvas."""

    x1: float
    y1: float
    x2: float
    y2: float


class Circle(NamedTuple):
    """A circle on the canvas."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Ruling:
    """Horizontal lines as (y, left, right), vertical ones as (x, top, bottom), and circles."""

    across: NDArray[np.float64]
    down: NDArray[np.float64]
    circles: tuple[Circle, ...] = ()

    @classmethod
    def of(cls, segments: Iterable[Segment], circles: Iterable[Circle] = ()) -> Ruling:
        """Build from loose lines: those that touch on one line are joined."""
        across: list[tuple[float, float, float]] = []
        down: list[tuple[float, float, float]] = []
        for x1, y1, x2, y2 in segments:
            if abs(y2 - y1) <= 2 and abs(x2 - x1) > 2:
                across.append(((y1 + y2) / 2, min(x1, x2), max(x1, x2)))
            elif abs(x2 - x1) <= 2 and abs(y2 - y1) > 2:
                down.append(((x1 + x2) / 2, min(y1, y2), max(y1, y2)))
        return cls(_joined(across), _joined(down), tuple(circles))

    def cell(self, box: Box, height: float) -> Box | None:
        """Return the smallest ruled rectangle around the centre of a text `height` high."""
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        return self._near(x, y, height)._cell(box, height)

    def _near(self, x: float, y: float, height: float) -> Ruling:
        """Return the lines that may be sides of a cell there; both lists are sorted by
        their level.
        """
        high, wide = HIGHEST_CELL * height, WIDEST_CELL * height
        first, last = np.searchsorted(self.across[:, 0], (y - high, y + high))
        left, right = np.searchsorted(self.down[:, 0], (x - wide, x + wide))
        return Ruling(self.across[first:last], self.down[left:right])

    def _cell(self, box: Box, height: float) -> Box | None:
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        found = self._between(x, y, box[3])
        for _ in range(3):  # a tick or a logo's edge may come before the cell's own line
            if found is None:
                return None
            left, right, top, bottom = found
            again = self._spanning(x, y, left, right, top, bottom)
            if again == found:
                break
            found = again
        if found is None:
            return None
        left, right, top, bottom = found
        if bottom - top > HIGHEST_CELL * height or right - left < 0.3 * box[2]:
            return None
        return Box(round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1))

    def _between(self, x: float, y: float, least: float) -> tuple[float, ...] | None:
        """Return the nearest lines on the four sides of a point that are longer than the text is
        high.
        """
        rows, columns = self.across, self.down
        rows = rows[(rows[:, 1] <= x + SLACK) & (rows[:, 2] >= x - SLACK)]
        columns = columns[
            (columns[:, 1] <= y + SLACK)
            & (columns[:, 2] >= y - SLACK)
            & (columns[:, 2] - columns[:, 1] >= least)
        ]
        return _sides(rows, columns, x, y)

    def _spanning(
        self, x: float, y: float, left: float, right: float, top: float, bottom: float
    ) -> tuple[float, ...] | None:
        """Return the nearest lines that run along the whole of a rectangle's sides."""
        wide, high = 0.04 * (right - left) + SLACK, 0.08 * (bottom - top) + SLACK
        rows = self.across[(self.across[:, 1] <= left + wide) & (self.across[:, 2] >= right - wide)]
        columns = self.down[(self.down[:, 1] <= top + high) & (self.down[:, 2] >= bottom - high)]
        return _sides(rows, columns, x, y)

    def crossing(self, box: Box) -> list[float]:
        """Return where vertical lines cross the whole height of a text, from the left."""
        x, y, width, height = box
        first, last = np.searchsorted(self.down[:, 0], (x, x + width))
        down = self.down[first:last]
        inside = down[
            (down[:, 0] > x + 0.2 * height)
            & (down[:, 0] < x + width - 0.2 * height)
            & (down[:, 1] <= y)
            & (down[:, 2] >= y + height)
        ]
        return sorted(float(place) for place in inside[:, 0])

    def has_line_below(self, box: Box, angle: float) -> bool:
        """Whether a line runs right below a text, as the reader sees it."""
        quarter = round(angle / 90) % 4
        if abs(angle - 90 * round(angle / 90)) > 2:
            return False
        x, y, width, height = box
        if quarter % 2:
            start, end, tall = y, y + height, width
            edge = x + width if quarter == 3 else x
            lines = self.down
        else:
            start, end, tall = x, x + width, height
            edge = y + height if quarter == 0 else y
            lines = self.across
        reach = _LINE_BELOW * tall * (1 if quarter in (0, 3) else -1)
        low, high = sorted((edge - 0.1 * reach, edge + reach))
        first, last = np.searchsorted(lines[:, 0], (low, high))
        near = lines[first:last]
        covered = np.minimum(near[:, 2], end) - np.maximum(near[:, 1], start)
        return bool((covered >= _LINE_COVERS * (end - start)).any())

    def is_in_circle(self, box: Box) -> bool:
        """Whether the text is in the centre of a small circle."""
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        low, high = _BALLOON_SIZE
        return any(
            abs(circle.x - x) <= _BALLOON_OFF * circle.radius
            and abs(circle.y - y) <= _BALLOON_OFF * circle.radius
            and low * box[3] <= 2 * circle.radius <= high * box[3]
            and box[2] <= 2 * circle.radius
            for circle in self.circles
        )


def with_cells(
    items: Sequence[TextItem], ruling: Ruling, width: float, height: float
) -> list[TextItem]:
    """Return the texts of a page `width` × `height`, each with its cell and its balloon role.

    A run that crosses a cell's edge at a gap between words is split in two.
    """
    most = LARGEST_SHARE * width * height
    result = []
    for item in items:
        for part in _cut(item, ruling):
            box = Box(*part.box)
            upright = abs((part.angle + 180) % 360 - 180) < 2
            role = part.role
            if _ITEM_NUMBER.fullmatch(part.text) and ruling.is_in_circle(box):
                role = BALLOON
            elif (
                role is None
                and _SIZE.fullmatch(part.text)
                and ruling.has_line_below(box, part.angle)
            ):
                role = OVER_LINE
            letter = box.height if upright or abs(part.angle % 180) < 2 else box.width
            cell = ruling.cell(box, letter)
            if cell is not None and cell.area > most:
                cell = None
            result.append(replace(part, cell=cell, role=role))
    return result


def _cut(item: TextItem, ruling: Ruling) -> Iterator[TextItem]:
    if item.angle or "\n" in item.text or not _SEAM.search(item.text.strip()):
        yield item
        return
    x, y, width, height = item.box
    offsets = _offsets(item.text)
    start, left = 0, x
    for edge in ruling.crossing(Box(*item.box)):
        seams = [match.span() for match in _SEAM.finditer(item.text) if match.start() > start]
        middles = {seam: x + width * (offsets[seam[0]] + offsets[seam[1]]) / 2 for seam in seams}
        seam = min(seams, key=lambda seam: abs(middles[seam] - edge), default=None)
        if seam is None or abs(middles[seam] - edge) > 1.1 * height:
            continue
        if not _is_cell_edge(ruling, edge, Box(*item.box)):
            continue  # a leader or an edge of the part crosses the text
        right = min(edge, x + width * offsets[seam[0]])
        yield replace(item, text=item.text[start : seam[0]].strip(),
                      box=Box(left, y, max(1.0, right - left), height))  # fmt: skip
        start, left = seam[1], max(edge, x + width * offsets[seam[1]])
    yield replace(item, text=item.text[start:].strip() if start else item.text,
                  box=Box(left, y, max(1.0, x + width - left), height))  # fmt: skip


def _offsets(text: str) -> list[float]:
    """Return the start of each letter, and the end, as shares of the text's width in a
    usual font.
    """
    widths = [_WIDTHS.get(sign, 0.69 if sign.isupper() else 0.55) for sign in text]
    total, offsets = sum(widths), [0.0]
    for width in widths:
        offsets.append(offsets[-1] + width / total)
    return offsets


#: Widths of letters that differ much from the others, in em of a sans-serif font.
_WIDTHS = {**dict.fromkeys("iljI.,:;'|! ", 0.27), **dict.fromkeys("ftr()[]-/", 0.33),
           **dict.fromkeys("mwMW@", 0.86)}  # fmt: skip


def _is_cell_edge(ruling: Ruling, edge: float, box: Box) -> bool:
    """Whether one cell ends and another begins at a vertical line that crosses a text."""
    cells = [
        ruling.cell(Box(edge + shift - 1, box.y, 2, box.height), box.height)
        for shift in (-box.height, box.height)
    ]
    left, right = cells
    if left is None or right is None:
        return False
    meet = abs(left.right - edge) <= SLACK and abs(right.x - edge) <= SLACK
    return meet and min(left.height, right.height) < 8 * box.height


def _sides(
    rows: NDArray[np.float64], columns: NDArray[np.float64], x: float, y: float
) -> tuple[float, ...] | None:
    above, below = rows[rows[:, 0] < y, 0], rows[rows[:, 0] >= y, 0]
    before, after = columns[columns[:, 0] < x, 0], columns[columns[:, 0] >= x, 0]
    if not (len(above) and len(below) and len(before) and len(after)):
        return None
    return (
        float(before.max()), float(after.min()), float(above.max()), float(below.min())
    )  # fmt: skip


def _joined(lines: list[tuple[float, float, float]]) -> NDArray[np.float64]:
    """Join lines on one level whose ends touch."""
    result: list[list[float]] = []
    open_lines: list[list[float]] = []
    for level, start, end in sorted(lines):
        open_lines = [line for line in open_lines if level - line[0] <= 1.5]
        for line in open_lines:
            if start <= line[2] + SLACK and end >= line[1] - SLACK:
                line[1], line[2] = min(line[1], start), max(line[2], end)
                break
        else:
            line = [level, start, end]
            open_lines.append(line)
            result.append(line)
    return np.array(result, dtype=np.float64).reshape(-1, 3)
