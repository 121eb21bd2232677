"""Converts between places on a sheet and zones of its frame (ISO 5457), such as C4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText, without_grid
from backend.geometry import Box

#: Marks of one row or column are this close to a line, as a share of the shorter side.
_IN_LINE = 0.02


@dataclass(frozen=True)
class Zones:
    """The centres of the frame's columns and rows by their marks; empty without a grid."""

    columns: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_marks(cls, marks: Iterable[TextItem], width: float, height: float) -> Zones:
        """Build the zones from the grid marks of a page `width` × `height` canvas pixels.

        Marks along the upper or lower edge name the columns, those at the sides the rows.
        """
        across: dict[str, list[float]] = defaultdict(list)
        down: dict[str, list[float]] = defaultdict(list)
        for mark in marks:
            x, y = mark.box[0] + mark.box[2] / 2, mark.box[1] + mark.box[3] / 2
            if min(y, height - y) < min(x, width - x):
                across[mark.text.strip()].append(x)
            else:
                down[mark.text.strip()].append(y)
        near = _IN_LINE * min(width, height)
        return cls(_middles(across, near), _middles(down, near))

    def at(self, box: Box) -> str | None:
        """Return the zone of the box's centre, letter first; None if the frame has no grid."""
        if not self.columns or not self.rows:
            return None
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        column = min(self.columns, key=lambda mark: abs(self.columns[mark] - x))
        row = min(self.rows, key=lambda mark: abs(self.rows[mark] - y))
        return f"{row}{column}" if row.isalpha() else f"{column}{row}"

    def box(self, zone: str, width: float, height: float) -> Box | None:
        """Return the rectangle of a zone such as `C4` on the canvas; None if there is
        no such zone.
        """
        name = zone.strip().upper()
        for row, y in self.rows.items():
            for column, x in self.columns.items():
                if name in (f"{row}{column}", f"{column}{row}"):
                    left, right = _bounds(x, self.columns, width)
                    top, bottom = _bounds(y, self.rows, height)
                    return Box(left, top, right - left, bottom - top)
        return None


def zones_of(page: PageText) -> Zones:
    """Return the zones of a page, from the grid marks in its text."""
    left = {id(item) for item in without_grid(page)}
    marks = [item for item in page.items if id(item) not in left]
    return Zones.from_marks(marks, page.width, page.height)


def _middles(marks: Mapping[str, list[float]], near: float) -> dict[str, float]:
    """Return one centre for each mark that occurs at one place along the edge."""
    return {
        mark: sum(places) / len(places)
        for mark, places in marks.items()
        if max(places) - min(places) <= near
    }


def _bounds(at: float, marks: Mapping[str, float], end: float) -> tuple[float, float]:
    """Return the range from halfway to one neighbour to halfway to the other."""
    before = max((mark for mark in marks.values() if mark < at), default=None)
    after = min((mark for mark in marks.values() if mark > at), default=None)
    low = 0.0 if before is None else (before + at) / 2
    high = end if after is None else (after + at) / 2
    return low, high
