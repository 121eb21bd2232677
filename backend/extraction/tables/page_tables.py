"""Builds every kind of table from the exact text of a page, without model or I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.callouts import Callout, callouts
from backend.extraction.tables.dimensions import dimension_table
from backend.extraction.tables.guards import longest_shown
from backend.extraction.tables.part_numbers import part_number_table
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.rotated_page import Turned
from backend.extraction.tables.sheet_notes import Note, find_notes, note_table
from backend.extraction.tables.sheet_page import SheetPage, inside
from backend.extraction.tables.table import Kind, Table, joined
from backend.extraction.tables.title_block import TitleBlock
from backend.extraction.tables.transcript import transcript_table
from backend.extraction.views.sheet_map import view_table
from backend.extraction.views.view_names import named_views
from backend.model.service import ModelImage

NO_TEXT = "Page {page} has no text of its own; nothing can be read off it without the model."
RECOGNISED = "The text of page {page} is recognised (OCR): check it by eye."


@dataclass(frozen=True)
class PageExtraction:
    """One page; each part is computed once, on first use. `image`: the whole page, small, needed to
    find the outlines of views.
    """

    text: PageText
    image: ModelImage | None = None

    @cached_property
    def page(self) -> SheetPage:
        return SheetPage(self.text)

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.page)

    @cached_property
    def title(self) -> TitleBlock:
        return TitleBlock(self.page, self.lists, self.text.name or self.text.drawing)

    @cached_property
    def notes(self) -> list[Note]:
        remarks = [note for note in find_notes(self._remarks) if len(note.text.split()) > 2]
        return [*find_notes(self._drawing_runs), *remarks]

    @cached_property
    def dimensions(self) -> list[Callout]:
        in_notes = {id(run) for note in self.notes for run in note.runs}
        views = {id(run) for run, _ in self.view_names}
        return callouts(
            self.page,
            [run for run in self._drawing_runs if id(run) not in in_notes and id(run) not in views],
        )

    @cached_property
    def view_names(self) -> list[tuple[TextItem, str]]:
        return named_views(self._drawing_runs)

    def table(self, kind: Kind) -> Table:
        """Return one kind of table of this page."""
        if self._upright is None or kind == "views":  # views are found in the picture as is
            table = self._table(kind)
        else:
            turned, upright = self._upright
            table = turned.back(upright._table(kind))
        notes = table.notes
        if self.text.text_source == "none" or not self.page.runs:
            notes = (NO_TEXT.format(page=self.text.page),)
        elif self.text.text_source == "ocr":
            notes = (*notes, RECOGNISED.format(page=self.text.page))
        return Table(kind, table.columns, table.rows, notes, markdown=table.markdown)

    @cached_property
    def _upright(self) -> tuple[Turned, PageExtraction] | None:
        """Return the page with an upright sheet if the sheet is rotated in the file."""
        turned = Turned.of(self.text)
        return None if turned is None else (turned, PageExtraction(turned.upright()))

    def _table(self, kind: Kind) -> Table:
        if kind == "title_block":
            return self.title.table()
        if kind == "bom":
            return self.lists.bom()
        if kind == "revisions":
            return self.lists.revisions()
        if kind == "dimensions":
            general = self.title.fields["general_tolerance"].value
            scale = self.title.fields["scale"].value
            text = self.text
            largest = longest_shown(text.width, text.height, text.dpi, scale)
            return dimension_table(self.page, self.dimensions, general, largest)
        if kind == "notes":
            return note_table(self.page, self.notes)
        if kind == "part_numbers":
            return part_number_table(self.page, self.lists, self.title)
        if kind == "views":
            named = self.view_names
            return view_table(self.page, self.lists, self.title, self.notes, named, self.image)
        parts: tuple[Kind, ...] = ("title_block", "revisions", "bom", "dimensions", "notes")
        return transcript_table(self.page, [self._table(part) for part in parts])

    @cached_property
    def _drawing_runs(self) -> list[TextItem]:
        """Return the runs outside title block and tables."""
        tables = [table.box for table in (self.lists.parts, self.lists.changes) if table]
        return [
            run for run in self.page.runs
            if not self.title.covers(run.box) and not any(inside(run.box, box) for box in tables)
        ]  # fmt: skip

    @cached_property
    def _remarks(self) -> list[TextItem]:
        """Return the sentences within the title block that are no field's value."""
        values = [field.box for field in self.title.fields.values() if field.value and field.box]
        outside = {id(run) for run in self._drawing_runs}
        tables = [table.box for table in (self.lists.parts, self.lists.changes) if table]
        return [
            run
            for run in self.page.runs
            if id(run) not in outside
            and not any(inside(run.box, box) for box in (*tables, *values))
        ]


def extract_page(kind: Kind, page: PageText) -> Table:
    """Return one page's table of one kind."""
    return PageExtraction(page).table(kind)


def extract(kind: Kind, pages: Sequence[PageText]) -> Table:
    """Return a drawing's table of one kind."""
    return combined(kind, [extract_page(kind, page) for page in pages])


def combined(kind: Kind, pages: Sequence[Table]) -> Table:
    """Join the pages' tables. Dimensions are numbered through all pages."""
    table = joined(kind, pages)
    if kind != "dimensions":
        return table
    rows = tuple(
        row.with_cell("number", replace(row.cells["number"], value=str(number)))
        for number, row in enumerate(table.rows, 1)
    )
    return replace(table, rows=rows)
