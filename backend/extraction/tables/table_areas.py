"""Groups touching cells into ruled areas, and decides which are title blocks or tables.

Uses the cells and how many labels they hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from backend.drawing import TextItem
from backend.extraction.tables.labels import (
    BOM_LABELS,
    REVISION_LABELS,
    label_and_rest,
    plain,
    title_label,
)
from backend.extraction.tables.sheet_page import inside
from backend.geometry import Box

#: Edges closer than this are one, in canvas pixels; for grids with double lines, in letter heights.
_TOUCH = 8.0
#: An empty cell between two of one row or column, in their own extents.
_EMPTY, _LEVEL = 1.2, 4.0
_FEWEST_LABELS = 2
#: Without labels, this many cells, of which this share has words, are a table.
_WORDY = ((6, 0.35), (4, 0.5))
_FRAME_SIGN = re.compile(r"[⏤⏥⌭⌒⌓⟂∥⌖◎⌯⌰⊥∠↗○ⓂⓁⓅ]")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Area:
    """Cells that touch each other, and the runs in them."""

    cells: tuple[Box, ...]
    runs: tuple[TextItem, ...]

    @cached_property
    def labels(self) -> int:
        """Count the runs that are labels of a title block or headings of a table."""
        return sum(_is_label(run.text) for run in self.runs)

    @property
    def is_table(self) -> bool:
        """Whether it is a title block or a table, with known labels or not.

        A feature control frame has cells too, but no words.
        """
        if self.labels >= _FEWEST_LABELS:
            return True
        rows = {round(cell[1] / _TOUCH) for cell in self.cells}
        wordy = sum(bool(_WORD.search(run.text)) for run in self.runs)
        signs = any(_FRAME_SIGN.search(run.text) for run in self.runs)
        if signs or len(rows) < 2:
            return False
        share = wordy / len(self.runs)
        return any(len(self.cells) >= cells and share >= least for cells, least in _WORDY)

    def holds(self, box: Box) -> bool:
        """Whether the centre of a box is in one of the cells."""
        return any(inside(box, cell) for cell in self.cells)


def ruled_areas(runs: Sequence[TextItem]) -> list[Area]:
    """Return the areas of a page's runs, those with the most cells first."""
    by_cell: dict[Box, list[TextItem]] = {}
    for run in runs:
        if run.cell is not None and run.role != "balloon":
            by_cell.setdefault(tuple(run.cell), []).append(run)  # type: ignore[arg-type]
    cells = sorted(by_cell)
    parent = list(range(len(cells)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, cell in enumerate(cells):
        for other in range(place + 1, len(cells)):
            if cells[other][0] > cell[0] + (1 + _EMPTY) * cell[2] + _TOUCH:
                break  # sorted by their left edges
            if _touch(cell, cells[other]):
                parent[root(other)] = root(place)
    groups: dict[int, list[Box]] = {}
    for place, cell in enumerate(cells):
        groups.setdefault(root(place), []).append(cell)
    areas = [
        Area(tuple(group), tuple(run for cell in group for run in by_cell[cell]))
        for group in groups.values()
    ]
    return sorted(areas, key=lambda area: -len(area.cells))


def _touch(one: Box, other: Box) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if across >= -_TOUCH and down >= -_TOUCH:
        return max(across, down) > _TOUCH
    return _in_line(one, other, 0, -down) or _in_line(one, other, 1, -across)


def _in_line(one: Box, other: Box, axis: int, gap: float) -> bool:
    """Whether two cells of one column (or row) have an empty cell between them."""
    level = (
        abs(one[axis] - other[axis]) <= _LEVEL and abs(one[axis + 2] - other[axis + 2]) <= _LEVEL
    )
    return level and 0 < gap <= _EMPTY * min(one[3 - axis], other[3 - axis])


def _is_label(text: str) -> bool:
    key = plain(text)
    if title_label(text) is not None or key in BOM_LABELS or key in REVISION_LABELS:
        return any(sign.isalpha() for sign in text)
    split = label_and_rest(text)
    return split is not None and split[2]
