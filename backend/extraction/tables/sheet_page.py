"""Prepares a page for extraction: its runs one per line, its grid and its unit.

Built once per page and shared by all extractions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from backend.drawing import TextItem
from backend.evidence.index.callout_layout import Line, page_lines
from backend.evidence.index.sheet_index import PageText, sheet_unit, without_grid
from backend.evidence.index.zones import Zones, zones_of
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.table import Field, Source
from backend.geometry import Box


@dataclass(frozen=True)
class SheetPage:
    """The page's text, prepared on first use. `runs` are upright and turned alike."""

    text: PageText

    @cached_property
    def runs(self) -> tuple[TextItem, ...]:
        """Every line of text without the frame's grid, as written."""
        return tuple(row for item in without_grid(self.text) for row in _rows(item))

    @cached_property
    def zones(self) -> Zones:
        """The zones of the frame, from its grid marks."""
        return zones_of(self.text)

    @cached_property
    def unit(self) -> str | None:
        """The unit of bare lengths."""
        return sheet_unit(fold("\n".join(run.text for run in self.runs)))

    def lines(self, runs: Iterable[TextItem]) -> list[Line]:
        """Return the lines and stacks of some of the runs, as the evidence reads them."""
        return page_lines(list(runs))

    def field(self, items: Sequence[TextItem], value: str | None = None) -> Field:
        """Return a found value with its place; without `value`, the text of the items."""
        said = " ".join(item.text for item in items) if value is None else value
        return Field(
            said.strip(),
            "found",
            Box.around(item.box for item in items),
            self.text.page,
            source(items),
        )

    def row_id(self, prefix: str, said: str, box: Box | None) -> str:
        """Return an id that is the same for the same text at the same place (to 8 pixels)."""
        place = "" if box is None else ",".join(str(round(part / 8)) for part in box[:2])
        digest = hashlib.sha256(f"{said}@{place}".encode()).hexdigest()[:10]
        return f"p{self.text.page}-{prefix}-{digest}"


def source(items: Iterable[TextItem]) -> Source:
    """Return the source of the text; one recognised run, or symbol, makes it recognised."""
    every = list(items)
    if any(item.source == "ocr" for item in every):
        return "ocr"
    return "symbol" if any(item.drawn for item in every) else "vector"


def middle(box: Box) -> tuple[float, float]:
    """Return the centre of a box."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def inside(box: Box, area: Box | None) -> bool:
    """Whether the box's centre is in the area."""
    if area is None:
        return False
    x, y = middle(box)
    return area[0] <= x <= area[0] + area[2] and area[1] <= y <= area[1] + area[3]


def is_upright(item: TextItem) -> bool:
    """Whether the text reads from left to right, as tables do."""
    return abs((item.angle + 180) % 360 - 180) < 2


def _rows(item: TextItem) -> Iterable[TextItem]:
    rows = [row for row in item.text.splitlines() if row.strip()]
    if len(rows) == 1 or not is_upright(item):
        yield replace(item, text=" ".join(rows).strip())
        return
    x, y, width, height = item.box
    for number, row in enumerate(rows):
        place = Box(x, y + height * number / len(rows), width, height / len(rows))
        yield replace(item, text=row.strip(), box=place)
