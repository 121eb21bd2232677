"""Merges the model's reading with the sheet's text and grades every value.

Exact text wins: a different reading by the model is noted at the field as disputed. The model may
add values that the text lacks: graded as found if they are on the sheet after all, and as read by
eye if the sheet has no exact text to check them against. Values that a sheet with exact text does
not contain are reported and not added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.drawing import TextItem
from backend.evidence.grading.matching import says
from backend.evidence.index.sheet_index import SheetIndex
from backend.evidence.parsing.answer_reader import find_values
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.callouts import Callout, callouts_of_text
from backend.extraction.tables.dimensions import dimension_row
from backend.extraction.tables.page_tables import PageExtraction
from backend.extraction.tables.table import Field, Kind, Row, Source, Table
from backend.geometry import Box

MODEL_NOT_READY = "The model was not ready: this is from the sheet's text alone."
TEXT_ONLY = "This is from the sheet's text alone, without the model."
DEMO_MODEL = "The demo model does not read tables: this is from the sheet's text alone."
NOT_READ = "The model did not read page {page}: {error}"
READS = "The model reads {value}."
READS_BESIDE = "The model reads {value}, which is not in the sheet's text."
NOT_TAKEN_OVER = "The model also reads {values}; the sheet's text does not have it."

#: The columns by which a row of the model is matched to a row of the text.
_KEYS: dict[Kind, str] = {
    "bom": "item", "revisions": "revision", "notes": "text", "part_numbers": "number",
}  # fmt: skip
#: Fields whose value is often a drawn symbol: read by eye even if the text is exact.
_DRAWN = ("projection", "finish")
_PLAIN = re.compile(r"[\s.,;:_–-]+")
#: One or two letters occur all over a sheet: finding them proves nothing.
_TOO_SHORT = 2


def merged(page: PageExtraction, table: Table, reading: Mapping[str, Any]) -> Table:
    """Return `table` of a page merged with the model's reading of it."""
    merging = _Merging(page)
    if table.kind == "title_block":
        rows = [merging.title_row(row, reading.get(row.value("field") or "")) for row in table.rows]
    elif table.kind == "dimensions":
        rows = merging.dimensions(table.rows, _texts(reading, "text"))
    elif table.kind == "views":
        rows = merging.views(table.rows, _dicts(reading))
    else:
        rows = merging.rows(table, _dicts(reading))
    notes = list(table.notes if not rows or table.rows else ())
    if merging.refused:
        notes.append(NOT_TAKEN_OVER.format(values=", ".join(map(_quoted, merging.refused[:8]))))
    return replace(table, rows=tuple(rows), notes=tuple(notes), model=True)


class _Merging:
    """One page's text with lookups; `refused` lists the values that were not added."""

    def __init__(self, page: PageExtraction) -> None:
        self.page = page
        self.number = page.text.page
        self.exact = page.text.text_source == "vector"
        self.refused: list[str] = []
        self._index = SheetIndex([page.text])

    def title_row(self, row: Row, read: Any) -> Row:
        """Return the row of a title block field."""
        value = _clean(read)
        if value is None:
            return row
        name, cell = row.value("field") or "", row.cells["value"]
        merged = self._cell(cell, value, drawn=name in _DRAWN)
        return replace(row.with_cell("value", merged), box=merged.box or row.box)

    def rows(self, table: Table, read: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the text's rows, completed, then those that only the model has."""
        key = _KEYS[table.kind]
        rows = list(table.rows)
        places = {_plain(row.value(key) or ""): place for place, row in enumerate(rows)}
        for values in read:
            name = _clean(values.get(key))
            if name is None:
                continue
            place = places.get(_plain(name))
            if place is not None:
                rows[place] = self._completed(rows[place], values)
            elif (added := self._new_row(table, key, name, values)) is not None:
                rows.append(added)
        return rows

    def dimensions(self, rows: Sequence[Row], read: Iterable[str]) -> list[Row]:
        """Return the text's dimensions, then those that only the model has."""
        result = list(rows)
        known = [value for row in rows for value in find_values(row.value("text") or "")]
        for text in dict.fromkeys(read):
            values = find_values(text)
            if values and any(says(values[0].reading, one.reading) for one in known):
                continue
            known += values
            callout = self._callout(text)
            if callout is not None:
                general = self.page.title.fields["general_tolerance"].value
                row = dimension_row(self.page.page, callout, len(result) + 1, general)
                if not self.exact:
                    row = _by_eye(row, self.number)
                result.append(row)
            else:
                self.refused.append(text)
        return result

    def views(self, rows: Sequence[Row], read: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the views of text and picture, and beside them the model's boxes, by eye. The
        model says what kind an unnamed view is; its outline still comes from the picture.
        """
        result, page = list(rows), self.page.page
        for values in read:
            name, kind = _clean(values.get("name")), _clean(values.get("kind"))
            box = _box(values.get("box"), page.text.width, page.text.height)
            if name is None or kind is None or box is None:
                continue
            there = [place for place, row in enumerate(result) if _overlap(row.box, box)]
            if any(result[place].value("kind") == kind for place in there):
                continue
            nameless = [p for p in there if result[p].cells["kind"].status == "by_eye"]
            if len(nameless) == 1 and result[nameless[0]] in rows:
                row = result[nameless[0]]
                for column, value in (("name", name), ("kind", kind)):
                    told = Field(value, "by_eye", row.box, self.number, "model")
                    row = row.with_cell(column, told)
                result[nameless[0]] = row
                continue
            cells = {
                "name": Field(name, "by_eye", box, self.number, "model"),
                "kind": Field(kind, "by_eye", box, self.number, "model"),
            }
            if (zone := page.zones.at(box)) is not None:
                cells["zone"] = Field(zone, "computed", box, self.number, "computed")
            result.append(Row(page.row_id("view", f"{kind} {name}", box), self.number, cells, box))
        return result

    def _completed(self, row: Row, values: Mapping[str, Any]) -> Row:
        for column, read in values.items():
            value = _clean(read)
            if value is not None:
                before = row.cells.get(column, Field(None, "missing"))
                after = self._cell(before, value)
                if after.value is not None or column in row.cells:
                    row = row.with_cell(column, after)
        return row

    def _new_row(self, table: Table, key: str, name: str, values: Mapping[str, Any]) -> Row | None:
        cells = {
            column: self._cell(Field(None, "missing"), value)
            for column, read in values.items()
            if column in table.columns and (value := _clean(read)) is not None
        }
        cells = {column: cell for column, cell in cells.items() if cell.value is not None}
        longest = max(cells.values(), key=lambda cell: len(cell.value or ""), default=None)
        # A key alone (1, A) identifies no row: a longer value must be on the sheet too.
        if longest is None or key not in cells or len(longest.value or "") <= _TOO_SHORT:
            self.refused.append(" ".join(filter(None, map(_clean, values.values()))))
            return None
        boxes = [cell.box for cell in cells.values() if cell.box]
        box = Box.around(boxes) if boxes else None
        said = " ".join(cell.value or "" for cell in cells.values())
        return Row(self.page.page.row_id(table.kind, said, box), self.number, cells, box)

    def _cell(self, cell: Field, value: str, *, drawn: bool = False) -> Field:
        if cell.value is not None:
            if _plain(cell.value) == _plain(value):
                return cell
            note = READS.format(value=_quoted(value))
            return replace(cell, status="disputed", note=note)
        there = self._stands(value)
        if there:
            return self.page.page.field(there, value)
        if not self.exact or drawn:
            return Field(value, "by_eye", cell.box, self.number, "model", cell.note)
        note = READS_BESIDE.format(value=_quoted(value))
        return replace(cell, note=note)

    def _stands(self, value: str) -> list[TextItem]:
        """Return the run that contains the whole value."""
        wanted = _plain(value)
        if len(wanted) <= _TOO_SHORT and self.exact:
            return []
        pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
        found = [run for run in self.page.page.runs if pattern.search(_plain(run.text))]
        return found[:1]

    def _callout(self, text: str) -> Callout | None:
        """Return a dimension of the model as a callout: at its place in the text, or by eye."""
        callout = callouts_of_text(self.page.page, text)
        if callout is None:
            return None
        places = self._index.places(callout.reading)
        if places:
            source: Source = "ocr" if places[0].source == "ocr" else "vector"
            return replace(callout, box=places[0].box, source=source)
        return None if self.exact else callout


def _by_eye(row: Row, page: int) -> Row:
    cells = {
        name: cell if cell.status in ("computed", "missing") or cell.source == "ocr"
        else Field(cell.value, "by_eye", cell.box, page, "model")
        for name, cell in row.cells.items()
    }  # fmt: skip
    return replace(row, cells=cells)


def _plain(text: str) -> str:
    return _PLAIN.sub(" ", fold(text)).strip().casefold()


def _clean(read: Any) -> str | None:
    if not isinstance(read, str | int | float) or isinstance(read, bool):
        return None
    text = " ".join(str(read).split())
    return text if text and text.casefold() not in ("null", "none", "n/a", "-") else None


def _dicts(reading: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = reading.get("rows")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _texts(reading: Mapping[str, Any], name: str) -> list[str]:
    return [text for row in _dicts(reading) if (text := _clean(row.get(name))) is not None]


def _box(read: Any, width: float, height: float) -> Box | None:
    if not isinstance(read, list) or len(read) != 4:
        return None
    if not all(isinstance(part, int | float) and 0 <= part <= 1000 for part in read):
        return None
    left, top, right, bottom = read
    if right <= left or bottom <= top:
        return None
    across, down = width / 1000, height / 1000
    return Box(left * across, top * down, (right - left) * across, (bottom - top) * down)


def _overlap(one: Box | None, other: Box) -> bool:
    if one is None:
        return False
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return (
        across > 0 and down > 0 and across * down > 0.3 * min(one[2] * one[3], other[2] * other[3])
    )


def _quoted(value: str) -> str:
    return f"“{value}”"
