"""Extracts the title block: each field of ISO 7200 and its value.

A field is found by cumulative evidence: its label (`title_labels`), the cell that label and value
share (`title_cells`), the form of the text (`title_forms`), and its letter height. Then follow
fields that need no label, unlabelled fields, and fields in notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from backend.drawing import TextItem
from backend.extraction.tables.labels import (
    TITLE_FIELDS,
    plain,
)
from backend.extraction.tables.noted_fields import noted_fields
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.sheet_notes import Note, find_notes
from backend.extraction.tables.sheet_page import SheetPage, inside, is_upright
from backend.extraction.tables.stated_fields import add_place_tolerances, stated_fields
from backend.extraction.tables.table import COLUMNS, Field, Row, Table
from backend.extraction.tables.table_areas import Area, ruled_areas
from backend.extraction.tables.title_cells import TitleCells
from backend.extraction.tables.title_labels import Label, find_labels
from backend.extraction.tables.unlabelled import (
    TextRow,
    of_paragraph,
    paragraphs,
    unlabelled_fields,
)
from backend.geometry import Box

NO_FIELD = "The sheet's text has no such field."
NO_TITLE_BLOCK = "The sheet's text has no title block."


@dataclass(frozen=True)
class TitleBlock:
    """The title block of a page. `name`: the file's, which often is the drawing's number."""

    page: SheetPage
    lists: Lists
    name: str = ""

    @cached_property
    def notes(self) -> list[Note]:
        """The numbered and worded notes of the sheet, outside of its tables."""
        return find_notes(
            run for run in self.page.runs
            if not any(area.holds(run.box) for area in self.areas)
        )  # fmt: skip

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field of `TITLE_FIELDS`; those that the text lacks are `missing`."""
        found = self._labelled
        found |= _new(found, stated_fields(self.page, self._runs))
        add_place_tolerances(self.page, self._runs, found)
        labels = [(label.field, label.item) for label in self._labels]
        unlabelled = unlabelled_fields(
            self.page, self._runs, labels, self.areas, self.name, self._blocks
        )
        for name, field in unlabelled.items():
            known = found.get(name)
            empty = known is None or (known.value is None and not self._is_empty_cell(name))
            if empty or (known is not None and _outweighs(name, known, field)):
                found[name] = field
        found |= _new(found, noted_fields(self.page, self.notes))
        if "revision" not in found and (latest := self._latest_change) is not None:
            found["revision"] = latest
        _without_echo(found)
        missing = Field(None, "missing", note=NO_FIELD)
        return {name: found.get(name, missing) for name in TITLE_FIELDS}

    @property
    def _latest_change(self) -> Field | None:
        """Return the last row of the revision table, for a title block without such a field."""
        changes = self.lists.changes
        rows = [] if changes is None else [row["revision"] for row in changes.rows
                                           if row.get("revision")]  # fmt: skip
        if not rows:
            return None
        latest = max(rows, key=lambda runs: (len(runs[0].text), runs[0].text))
        return self.page.field(latest) if latest[0].text.strip("-") else None

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The ruled tables of the page, including the title block."""
        return tuple(area for area in ruled_areas(self.page.runs) if area.is_table)

    @cached_property
    def box(self) -> Box | None:
        """The box around its labels and values; None if there is no title block."""
        labels = [label.item.box for label in self._labels]
        if not labels:
            return None
        area = Box.around(labels)
        values = [
            field.box for field in self.fields.values()
            if field.box and inside(field.box, _grown(area, 6 * median(box[3] for box in labels)))
        ]  # fmt: skip
        return Box.around([area, *values])

    def covers(self, box: Box) -> bool:
        """Whether a box is in the title block, in another ruled table or in a paragraph of the
        sheet's data.
        """
        if any(area.holds(box) for area in self.areas):
            return True
        if any(inside(box, paragraph) for paragraph in self._paragraphs):
            return True
        in_areas = {id(run) for area in self.areas for run in area.runs}
        loose = any(id(label.item) not in in_areas for label in self._labels)
        return loose and inside(box, self.box)

    @cached_property
    def _blocks(self) -> list[list[TextRow]]:
        return paragraphs(self._runs, self.areas)

    @cached_property
    def _paragraphs(self) -> list[Box]:
        return [
            Box.around(row.box for row in rows)
            for rows in self._blocks
            if of_paragraph(self.page, rows)
        ]

    def table(self) -> Table:
        """Return the fields as rows, with notes about missing ones."""
        rows = []
        for name, field in self.fields.items():
            said = Field(name, "found", field.box, field.page, field.source)
            row_id = self.page.row_id("title", name, None)
            cells = {"field": said, "value": field}
            rows.append(Row(row_id, self.page.text.page, cells, field.box))
        notes = list(self._contradictions())
        if all(field.value is None for field in self.fields.values()):
            notes.append(NO_TITLE_BLOCK)
        return Table("title_block", COLUMNS["title_block"], tuple(rows), tuple(notes))

    def _contradictions(self) -> list[str]:
        """Report different revisions in title block and revision table."""
        changes, written = self.lists.changes, self.fields["revision"].value
        if changes is None or not written or not changes.rows:
            return []
        listed = ["".join(run.text for run in row.get("revision", ())) for row in changes.rows]
        latest = max(listed, key=lambda name: (len(name), name))
        if latest == written:
            return []
        return [f"The title block says revision {written}, the revision table goes to {latest}."]

    @cached_property
    def _labelled(self) -> dict[str, Field]:
        """Return fields by their labels; of several labels the one with a value, weak ones last."""
        found: dict[str, Field] = {}
        sizes = {id(run): area.labels for area in self.areas for run in area.runs}
        order = sorted(
            self._labels, key=lambda label: (label.is_weak, -sizes.get(id(label.item), 0))
        )
        for label in order:
            field = self._cells.field_of(label)
            known = found.get(label.field)
            if label.field == "sheet" and known and known.value and field.value:
                continue
            if label.field and (known is None or (known.value is None and field.value)):
                found[label.field] = field
        return self._with_sheet_count(found)

    def _with_sheet_count(self, found: dict[str, Field]) -> dict[str, Field]:
        """Combine `Лист 1` and `Листов 2`: sheet 1 of 2."""
        sheet = found.get("sheet")
        for label in self._labels:
            if plain(label.item.text) in _SHEET_COUNTS and sheet is not None and sheet.value:
                total = self._cells.in_cell(label)
                if total.value and total.value.isdigit() and sheet.value.isdigit():
                    return {**found, "sheet": Field(
                        f"{sheet.value}/{total.value}", "found", sheet.box, sheet.page, sheet.source
                    )}  # fmt: skip
        return found

    def _is_empty_cell(self, name: str) -> bool:
        """Whether the field has a label whose ruled cell is empty."""
        return any(
            label.field == name and label.rest is None and label.item.cell is not None
            for label in self._labels
        )

    @cached_property
    def _labels(self) -> tuple[Label, ...]:
        return find_labels(self._runs, self.areas)

    @cached_property
    def _cells(self) -> TitleCells:
        return TitleCells(self.page, self._runs, self._labels)

    @cached_property
    def _runs(self) -> tuple[TextItem, ...]:
        tables = [table.box for table in (self.lists.parts, self.lists.changes) if table]
        return tuple(
            run for run in self.page.runs
            if is_upright(run) and not any(inside(run.box, box) for box in tables)
        )  # fmt: skip


def _new(found: Mapping[str, Field], others: Mapping[str, Field]) -> dict[str, Field]:
    """Return the other fields that are not known yet."""
    return {
        name: field for name, field in others.items()
        if name not in found or found[name].value is None
    }  # fmt: skip


def _without_echo(found: dict[str, Field]) -> None:
    """Drop a size that is another field's value: `A2` is a steel as well."""
    size = found.get("size")
    others = [field for name, field in found.items() if name != "size"]
    if size and size.value and any(field.value == size.value for field in others):
        found["size"] = Field(None, "missing", note=NO_FIELD)


def _outweighs(name: str, known: Field, other: Field) -> bool:
    """A firm above its address in tall letters is the sheet's own; `COMPANY:` may be a customer."""
    if name != "company" or known.box is None or other.box is None:
        return False
    return other.box[3] >= 1.5 * known.box[3]


#: Text before a value: `acc. to ISO 2768-m`, `: C45`.
_SHEET_COUNTS = {plain(text) for text in ("листов", "共张", "fogli", "listů", "sheets")}


def _grown(box: Box, by: float) -> Box:
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)
