"""Which parts a sheet has: title block, tables, notes, and the views that have a name. Boxes are
those of their text; a view without a name is not seen in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.extraction.lists import Lists
from backend.extraction.notes import VIEW, Note
from backend.extraction.sheet_page import SheetPage
from backend.extraction.table import COLUMNS, Field, Row, Table
from backend.extraction.title_block import TitleBlock
from backend.sheet import Box, TextItem, union

_KINDS = {"section": "section", "schnitt": "section", "단면": "section", "detail": "detail",
          "einzelheit": "detail", "상세": "detail", "view": "view", "ansicht": "view"}  # fmt: skip
ONLY_NAMED = "Views without a name are not in the sheet's text."


def view_table(page: SheetPage, lists: Lists, title: TitleBlock, notes: Sequence[Note]) -> Table:
    """One row for each part."""
    parts: list[tuple[str, str, Box]] = []
    if title.box is not None:
        parts.append(("Title block", "title_block", title.box))
    if lists.parts is not None:
        parts.append(("Parts list", "table", lists.parts.box))
    if lists.changes is not None:
        parts.append(("Revision table", "table", lists.changes.box))
    if notes:
        parts.append(("Notes", "notes", union(run.box for note in notes for run in note.runs)))
    parts += [(run.text, kind, run.box) for run, kind in named_views(page.runs)]
    rows = tuple(_row(page, *part) for part in parts)
    return Table("views", COLUMNS["views"], rows, (ONLY_NAMED,))


def named_views(runs: Sequence[TextItem]) -> list[tuple[TextItem, str]]:
    """`SECTION A-A`, `EINZELHEIT B (2:1)`, and `A-A` alone, which is a section's name."""
    found = []
    for run in runs:
        match = VIEW.match(run.text.strip())
        if match is not None and (match["what"] or re.search(r"[-–]", match["name"])):
            found.append((run, _KINDS.get((match["what"] or "section").casefold(), "view")))
    return found


def _row(page: SheetPage, name: str, kind: str, box: Box) -> Row:
    number = page.text.page
    cells = {
        "name": Field(name, "found", box, number, "vector"),
        "kind": Field(kind, "computed", box, number, "computed"),
    }
    if (zone := page.zones.at(box)) is not None:
        cells["zone"] = Field(zone, "computed", box, number, "computed")
    return Row(page.row_id("view", f"{kind} {name}", box), number, cells, box)
