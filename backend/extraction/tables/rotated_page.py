"""A sheet that lies on its side in the file: read as it is meant, its boxes on the page as it is.

Pure geometry in quarter turns; knows no field and no table of a drawing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.table import Field, Row, Table
from backend.geometry import Box

#: So many letters more must be turned than stand upright, and so many at least: words stand as the
#: sheet does, dimensions may stand anyhow.
_CLEARLY, _FEWEST = 3, 12


@dataclass(frozen=True)
class Turned:
    """A page whose words are turned by so many quarters clockwise."""

    page: PageText
    quarters: int

    @classmethod
    def of(cls, page: PageText) -> Turned | None:
        """How the page lies; None where it stands upright, or where little tells."""
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
        """The page with its words upright."""
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
        """A table of the upright page, its boxes where they stand on the page as it lies."""
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
    """A box on a canvas `width` × `height` that is turned by quarters against the clock."""
    for _ in range(quarters):
        x, y, across, down = box
        box = Box(y, width - x - across, down, across)
        width, height = height, width
    return box
