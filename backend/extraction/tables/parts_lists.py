"""Extracts the parts list and the revision table of a page, as tables of graded fields.

Each is found by its heading; a note reports a sheet without one. The frame's grid letters have been
removed before, and a lone letter without a table is no revision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.extraction.tables.cell_tables import find_cell_table
from backend.extraction.tables.labels import BOM_LABELS, REVISION_LABELS
from backend.extraction.tables.ruled_tables import Ruled, find_table
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import COLUMNS, Field, Kind, Row, Table
from backend.geometry import Box

_ITEM = re.compile(r"\d{1,4}[A-Za-z]?|[A-Z]\d{0,2}|\d{1,3}(?:\.\d{1,3})+")
_REVISION = re.compile(r"[A-Z]{1,2}|[a-z]|\d{1,3}|[A-Z]\d{1,2}|\d{1,2}[A-Z]|-")

NO_BOM = "The sheet's text has no parts list."
NO_REVISIONS = "The sheet's text has no revision table."


@dataclass(frozen=True)
class Lists:
    """The two tables of a page, each found on first use."""

    page: SheetPage

    @cached_property
    def parts(self) -> Ruled | None:
        """The parts list as found on the page."""
        return _find(
            self.page.runs,
            BOM_LABELS,
            lambda names: (
                bool(names & {"item", "quantity"})
                and len(names & {"item", "quantity", "description", "part_number"}) > 1
            ),
            "item",
            lambda said: _ITEM.fullmatch(said) is not None,
        )

    @cached_property
    def changes(self) -> Ruled | None:
        """The revision table as found on the page."""
        return _find(
            self.page.runs,
            REVISION_LABELS,
            lambda names: "revision" in names
            and "description" in names,
            "revision",
            lambda said: _REVISION.fullmatch(said) is not None,
        )  # fmt: skip

    def bom(self) -> Table:
        """The parts list's rows as written."""
        return self._table("bom", self.parts, NO_BOM)

    def revisions(self) -> Table:
        """The revision table's rows."""
        return self._table("revisions", self.changes, NO_REVISIONS)

    def _table(self, kind: Kind, ruled: Ruled | None, none: str) -> Table:
        if ruled is None:
            return Table(kind, COLUMNS[kind], notes=(none,))
        rows = []
        for cells in ruled.rows:
            fields = {
                column: self.page.field(items)
                for column, items in cells.items()
                if column in COLUMNS[kind]
            }
            if kind == "bom":
                fields = _sorted_out(fields, "material" in ruled.columns)
            box = Box.around(item.box for items in cells.values() for item in items)
            said = " ".join(item.text for items in cells.values() for item in items)
            rows.append(Row(self.page.row_id(kind, said, box), self.page.text.page, fields, box))
        return Table(kind, COLUMNS[kind], tuple(rows))


def _find(
    runs: Sequence[TextItem],
    labels: Mapping[str, str],
    is_heading: Callable[[set[str]], bool],
    key: str,
    is_key: Callable[[str], bool],
) -> Ruled | None:
    """Find the table by its ruled cells, or else by the places of its texts."""
    ruled = find_cell_table(runs, labels, is_heading, key, is_key)
    return ruled or find_table(runs, labels, is_heading, key, is_key)


def _sorted_out(fields: dict[str, Field], has_material: bool) -> dict[str, Field]:
    """Split a column “Standard / Material”, which holds either: materials move to their
    own column.
    """
    standard = fields.get("standard")
    if has_material or standard is None or not standard.value:
        return fields
    kinds = {span.reading.kind for span in read(fold(standard.value), words=False)}
    is_standard = re.match(r"(?:DIN|EN|ISO|ASME|ANSI|JIS|KS|BS|GB|NF)\b(?! ?AW)", standard.value)
    if "material" in kinds or not is_standard:
        rest = {name: field for name, field in fields.items() if name != "standard"}
        return {**rest, "material": standard}
    return fields
