"""A drawing prepared for answers: its tables, its text and the zones of its frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.evidence.index.zones import Zones, zones_of
from backend.extraction.tables.labels import title_label
from backend.extraction.tables.table import Field, Kind, Row, Table
from backend.geometry import Box

#: The minimum pattern of a field's value; other texts belong to a neighbouring cell.
_PLAUSIBLE = {
    "scale": re.compile(r"\d\s*[:/]\s*\d|nts|none|full|varies|as shown|nach|not to", re.IGNORECASE),
    "date": re.compile(r"\d"),
    "mass": re.compile(r"\d"),
    "sheet": re.compile(r"\d"),
    "number": re.compile(r"\w.*\w"),
    "revision": re.compile(r"^\W*\w{1,12}\W*$|\d"),
    "size": re.compile(r"^.{1,16}$"),
}
_NO_NAME = re.compile(r"\d{3}|:\s*$|_")

#: The tables that answers are built from.
TABLES: tuple[Kind, ...] = ("title_block", "dimensions", "bom", "notes", "revisions", "views")


@dataclass(frozen=True)
class Sheet:
    """One drawing, or the pages of it that a question is about.

    `tables` has a table for each kind in `TABLES` that could be built. `reading` is true while the
    text of a scan is still being recognised: until then nothing may be denied.
    """

    drawing: str
    name: str
    pages: Sequence[PageText]
    tables: Mapping[Kind, Table]
    reading: bool = False
    _zones: dict[int, Zones] = field(default_factory=dict, compare=False, repr=False)

    def rows(self, kind: Kind) -> Sequence[Row]:
        """Return the rows of a table; none if it could not be built."""
        table = self.tables.get(kind)
        return table.rows if table else ()

    def title(self, name: str) -> Field | None:
        """Return a title block field if it has a plausible value."""
        for row in self.rows("title_block"):
            if row.value("field") == name:
                cell = row.cells.get("value")
                if cell is not None and cell.value and _is_plausible(name, cell.value):
                    return cell
        return None

    @cached_property
    def unit(self) -> str:
        """The unit of the sheet's lengths, `mm` or `in`; `mm` if the sheet does not state it."""
        units = {row.value("unit") for row in self.rows("dimensions")}
        stated = self.title("units")
        if stated is not None and stated.value and stated.value.casefold().startswith("in"):
            return "in"
        return "in" if "in" in units and "mm" not in units else "mm"

    @cached_property
    def labelled(self) -> int:
        """How many title block fields were read."""
        return sum(1 for row in self.rows("title_block") if row.value("value"))

    @cached_property
    def words(self) -> str:
        """All text of the sheet, lower case."""
        return "\n".join(item.text for page in self.pages for item in page.items).casefold()

    @cached_property
    def has_text(self) -> bool:
        """Whether any text was read."""
        return any(page.items for page in self.pages)

    @cached_property
    def recognised(self) -> bool:
        """Whether some of the text is recognised (OCR), so that parts of it may be missing."""
        return any(item.source == "ocr" for page in self.pages for item in page.items)

    @property
    def complete(self) -> bool:
        """Whether an answer may be "not on the sheet": all of the text is known exactly."""
        every_page = all(page.items for page in self.pages)
        return every_page and not self.recognised and not self.reading

    def zones(self, page: int) -> Zones:
        """Return the frame's zones of a page; empty without a grid."""
        if page not in self._zones:
            found = next((text for text in self.pages if text.page == page), None)
            self._zones[page] = zones_of(found) if found else Zones()
        return self._zones[page]

    def zone_of(self, page: int | None, box: Sequence[float] | None) -> str | None:
        """Return the zone of a place, such as C4."""
        if page is None or box is None:
            return None
        return self.zones(page).at(Box(*box))

    def zone_box(self, zone: str) -> tuple[int, Box] | None:
        """Return page and rectangle of a zone, on the first page that has it."""
        for page in self.pages:
            box = self.zones(page.page).box(zone, page.width, page.height)
            if box is not None:
                return page.page, Box(*box)
        return None

    def items_in(self, page: int, box: Box) -> list[TextItem]:
        """Return the texts whose centre is in the rectangle, in reading order."""
        found = next((text for text in self.pages if text.page == page), None)
        items = found.items if found else ()
        return [item for item in items if box.contains(*Box(*item.box).center)]


def inside(rows: Iterable[Row], page: int, box: Box) -> list[Row]:
    """Return the rows whose centre is in the rectangle."""
    return [
        row
        for row in rows
        if row.page == page and row.box is not None and box.contains(*Box(*row.box).center)
    ]


def _is_plausible(name: str, value: str) -> bool:
    """Whether a text can be the field's value: another field's label cannot."""
    if title_label(value) is not None:
        return False
    if name in ("drawn", "checked", "approved"):
        return not _NO_NAME.search(value)
    if name == "material":
        return "_" not in value
    pattern = _PLAUSIBLE.get(name)
    return pattern is None or bool(pattern.search(value))
