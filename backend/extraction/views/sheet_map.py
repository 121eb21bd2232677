"""Maps the parts of a sheet: title block, tables, notes and views, with their boxes.

Tables and names come from the sheet's text, the views' outlines from its picture; without a
picture, a view is known by its name alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.drawing import TextItem
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.sheet_notes import Note
from backend.extraction.tables.sheet_page import SheetPage, inside
from backend.extraction.tables.table import COLUMNS, Field, Row, Source, Status, Table
from backend.extraction.tables.title_block import TitleBlock
from backend.extraction.views.view_finder import find_views, grey_of, touch
from backend.extraction.views.view_names import BY_PLACE, View, called
from backend.geometry import Box
from backend.model.service import ModelImage

#: The English names of tables on the sheet, by stable codes.
PART_NAMES = {
    "title_block": "Title block",
    "bom": "Parts list",
    "revisions": "Revision table",
    "notes": "Notes",
}
ONLY_NAMED = "Views without a name are not in the sheet's text."
#: Notes closer to each other than this are one part, in heights of their first line.
_TOGETHER = 2.0


def view_table(
    page: SheetPage,
    lists: Lists,
    title: TitleBlock,
    notes: Sequence[Note],
    names: Sequence[tuple[TextItem, str]],
    image: ModelImage | None,
) -> Table:
    """Return one row for each part. `image`: the whole page, small; None: only parts with
    a name.
    """
    parts: list[tuple[str, str, Box]] = []
    if title.box is not None:
        parts.append((PART_NAMES["title_block"], "title_block", title.box))
    if lists.parts is not None:
        parts.append((PART_NAMES["bom"], "table", lists.parts.box))
    if lists.changes is not None:
        parts.append((PART_NAMES["revisions"], "table", lists.changes.box))
    noted = [
        Box.around(run.box for run in note.runs)
        for note in notes
        if not inside(note.runs[0].box, title.box)
    ]
    near = _TOGETHER * min((note.runs[0].box[3] for note in notes), default=0.0)
    parts += [(PART_NAMES["notes"], "notes", box) for box in _blocks(noted, near)]
    drawn: list[Box] = []
    if image is not None:
        taken = [*(box for _, kind, box in parts if kind != "notes"), *noted]
        size = page.text.width, page.text.height
        drawn = find_views(grey_of(image), size, [run.box for run in page.runs], taken)
    views = called(drawn, names, page.runs, min(page.text.width, page.text.height))
    rows = [_row(page, View(*part)) for part in parts] + [_row(page, view) for view in views]
    return Table("views", COLUMNS["views"], tuple(rows), () if image else (ONLY_NAMED,))


def _blocks(notes: Sequence[Box], near: float) -> list[Box]:
    """Return one box around each group of neighbouring notes."""
    blocks: list[Box] = []
    for note in notes:
        joined = [block for block in blocks if touch(block, note, near)]
        blocks = [block for block in blocks if block not in joined]
        blocks.append(Box.around((note, *joined)))
    return blocks


def _row(page: SheetPage, view: View) -> Row:
    number = page.text.page
    by_eye = view.status == "by_eye"
    status: Status = "by_eye" if by_eye else "computed"
    source: Source = "computed" if by_eye else "vector"
    note = BY_PLACE if by_eye else None
    cells = {
        "name": Field(view.name, view.status, view.box, number, source, note),
        "kind": Field(view.kind, status, view.box, number, "computed", note),
    }
    if (zone := page.zones.at(view.box)) is not None:
        cells["zone"] = Field(zone, "computed", view.box, number, "computed")
    named = f"view {view.kind}" if by_eye else f"{view.kind} {view.name}"
    return Row(page.row_id("view", named, view.box), number, cells, view.box)
