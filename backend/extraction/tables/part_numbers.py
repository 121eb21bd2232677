"""Lists every part and drawing number of a page: from title block, parts list and other text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.vocabulary import STANDARD
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.sheet_page import SheetPage, inside
from backend.extraction.tables.table import COLUMNS, Field, Row, Table
from backend.extraction.tables.title_block import TitleBlock

NO_NUMBERS = "The sheet's text has no part numbers."

_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}")
_REVISION = re.compile(r"(?i)(?:rev|änd|index)")
_ENOUGH = 4


def part_number_table(page: SheetPage, lists: Lists, title: TitleBlock) -> Table:
    """Return one row for each number and role, without duplicates."""
    rows: dict[tuple[str, str], Row] = {}
    for number, role, description in _all(page, lists, title):
        said = f"{role} {number.value}"
        cells = {"number": number, "role": Field(role, "computed", source="computed")}
        if description is not None:
            cells["description"] = description
        row = Row(page.row_id("part", said, number.box), page.text.page, cells, number.box)
        rows.setdefault((role, number.value or ""), row)
    notes = () if rows else (NO_NUMBERS,)
    return Table("part_numbers", COLUMNS["part_numbers"], tuple(rows.values()), notes)


def _all(
    page: SheetPage, lists: Lists, title: TitleBlock
) -> Iterator[tuple[Field, str, Field | None]]:
    known: set[str] = set()
    number = title.fields["number"]
    if number.value:
        known.add(number.value)
        name = title.fields["title"]
        yield number, "drawing", name if name.value else None
    for row in lists.bom().rows:
        part = row.cells.get("part_number")
        if part is not None and part.value:
            known.add(part.value)
            yield part, "item", row.cells.get("description")
    tables = [table.box for table in (lists.parts, lists.changes) if table]
    for run in page.runs:
        if any(inside(run.box, box) for box in tables):
            continue
        for span in read(fold(run.text), words=False):
            said = run.text[span.start : span.end]
            if span.reading.kind == "reference" and _is_number(said) and said not in known:
                known.add(said)
                yield page.field([run], said), "mentioned", None


def _is_number(said: str) -> bool:
    return (
        len(said) >= _ENOUGH
        and any(letter.isdigit() for letter in said)
        and not _DATE.fullmatch(said)
        and not STANDARD.fullmatch(said)
        and not _REVISION.match(said)
    )
