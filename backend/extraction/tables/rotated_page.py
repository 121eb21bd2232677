"""Reads a sheet that is rotated in the file, and maps boxes back to the page.

Pure geometry in quarter turns.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.table import Field, Row, Table
from backend.geometry import Box

#: The sheet is rotated if one turned direction has this many times the letters of all others, and
#: at least this many: words follow the sheet, while dimensions can have any direction.
_CLEARLY, _FEWEST = 3, 12


@dataclass(frozen=True)
class Turned:
    """A page whose words are turned clockwise by this many quarters."""

    page: PageText
    quarters: int

    @classmethod
    def of(cls, page: PageText) -> Turned | None:
        """Return the page's rotation; None if it is upright or has too little text to tell."""
        letters: Counter[int] = Counter()
        for item in page.items:
            quarter = round(item.angle / 90) % 4
            if abs((item.angle - 90 * quarter + 180) % 360 - 180) < 3:
                letters[quarter] += sum(sign.isalpha() for sign in item.text)
        if not letters or not page.width or not page.height:
            return None
        quarter, most = letters.most_common(1)[0]
        others = letters.total() - most
        return cls(page, quarter) if quarter and most >= max(_FEWEST, _CLEARLY * others) else None

    def upright(self) -> PageText:
        """Return the page with its words upright."""
        width, height = self.page.width, self.page.height
        items = [
            replace(
                item,
                box=_turned(item.box, self.quarters, width, height),
                angle=(item.angle - 90 * self.quarters) % 360,
                cell=None
                if item.cell is None
                else _turned(item.cell, self.quarters, width, height),
            )
            for item in self.page.items
        ]
        if self.quarters % 2:
            width, height = height, width
        return replace(self.page, items=items, width=width, height=height)

    def back(self, table: Table) -> Table:
        """Return a table of the upright page with its boxes mapped back to the page in the file."""
        return replace(table, rows=tuple(self._row(row) for row in table.rows))

    def _row(self, row: Row) -> Row:
        cells = {name: self._field(cell) for name, cell in row.cells.items()}
        return replace(row, cells=cells, box=self._box(row.box))

    def _field(self, field: Field) -> Field:
        return replace(field, box=self._box(field.box))

    def _box(self, box: Box | None) -> Box | None:
        if box is None:
            return None
        width, height = self.page.width, self.page.height
        if self.quarters % 2:
            width, height = height, width
        return _turned(box, 4 - self.quarters, width, height)


def _turned(box: Box, quarters: int, width: float, height: float) -> Box:
    """Rotate a box on a canvas `width` × `height` counter-clockwise by quarters."""
    for _ in range(quarters):
        x, y, across, down = box
        box = Box(y, width - x - across, down, across)
        width, height = height, width
    return box
