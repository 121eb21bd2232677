"""The title block: each field of ISO 7200 and its value.

A field is found by evidence that adds up: its label, the cell that both stand in, what kind of
thing the text is, its letter height. A cell that is empty stays empty. What stands without a label
is `unlabelled.py`'s, what stands in notes is `noted_fields.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.block_tolerances import place_tolerances
from backend.extraction.tables.labels import (
    TITLE_FIELDS,
    WEAK_LABELS,
    label_and_rest,
    plain,
    title_label,
)
from backend.extraction.tables.noted_fields import noted_fields
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.ruled_tables import rows_of
from backend.extraction.tables.sheet_notes import Note, find_notes
from backend.extraction.tables.sheet_page import SheetPage, inside, is_upright, middle, source
from backend.extraction.tables.table import COLUMNS, Field, Row, Table
from backend.extraction.tables.table_areas import Area, ruled_areas
from backend.extraction.tables.title_forms import FORMS, LONG, fits
from backend.extraction.tables.unlabelled import (
    TextRow,
    of_paragraph,
    paragraphs,
    rows_within,
    unlabelled_fields,
)
from backend.extraction.views.view_names import is_view_name
from backend.geometry import Box

#: How far from its label a value may begin, in heights of the label: to the right of it, below.
_REACH_RIGHT, _REACH_DOWN = 20.0, 10.0
#: A value this many times lower than is usual in this title block belongs to another cell.
_LOWEST = 1.8
#: Labels of one block lie within this many heights; fewer than so many are no title block.
_NEAR_LABELS, _FEWEST_LABELS = 40.0, 2
#: From so many labels on a ruled area is the title block.
_RULED_LABELS = 4
#: Of a cell's texts, those this much lower than the tallest are remarks beside the value.
_TALL_ENOUGH = 0.62
#: What stands on a sheet without a label of its own.
_ANYWHERE: dict[str, re.Pattern[str]] = {
    "units": re.compile(
        r"(?i)(?:dimensions|dims\.?|maße|all dim\w*|cotes|quote|dimensioni|medidas|cotas|maten|mått"
        r"|wymiary)\b.{0,20}?\b(millimet(?:er|re)s?|millimètres|millimetri|milímetros|mm|inch(?:es)?|zoll"
        r"|pollici|pouces|pulgadas)\b"
        r"|(?:단위|単位|单位)\s*[:;：]?\s*(mm|inch)"
    ),
    "general_tolerance": re.compile(
        r"(?i)(?<![\w.])((?:(?:DIN|EN|KS B|BS|NF|UNI|SS|JIS|NBN)[ -]){0,2}(?:ISO[ -]?)"
        r"(?:2768(?:\s?-\s?1(?!\d))?(?:\s?[-–]\s?|\s?)(?-i:[fmcv][HKL]?|(?:fein|mittel|grob|fine|medium|coarse)))(?!\w)"
        r"|(?:DIN|EN|BS|NF)[ -]?(?:EN[ -])?(?:7168|22768)(?:\s?-\s?1)?[ -]*(?:fein|mittel|grob|[fmcv][HKLSTR]?)?(?!\w)"
        r"|JIS B ?0405(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)|GB/T ?1804(?:-\d{4})?(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)"
        r"|KS B 0412(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)|(?:ГОСТ|GOST) ?30893\.1(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)"
        r"|ISO[ -]?22081(?!\d))"
    ),
    "projection": re.compile(r"(?i)\b((?:first|third|1st|3rd)[ -]angle)\b|(제?\s?[13]각법)"),
}  # fmt: skip

NO_FIELD = "The sheet's text has no such field."
NO_TITLE_BLOCK = "The sheet's text has no title block."
EMPTY_CELL = "Its cell has no text; a symbol may be drawn there."
_HEADINGS = {plain(text) for text in ("date", "datum", "signature", "data", "дата", "подп", "fecha",
                                      "sign", "日期", "签名")}  # fmt: skip


@dataclass(frozen=True)
class _Label:
    field: str
    item: TextItem
    rest: str | None = None
    colon: bool = False

    @property
    def is_weak(self) -> bool:
        """Whether the word names other things as well."""
        return plain(self.item.text) in WEAK_LABELS


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
        """Every field of `TITLE_FIELDS`; those that the text has not are `missing`."""
        found = self._labelled
        for name, pattern in _ANYWHERE.items():
            if (known := found.get(name)) is None or known.value is None:
                elsewhere = self._elsewhere(pattern)
                found = {**found, name: elsewhere} if elsewhere else found
        self._by_places(found)
        labels = [(label.field, label.item) for label in self._labels]
        unlabelled = unlabelled_fields(
            self.page, self._runs, labels, self.areas, self.name, self._blocks
        )
        for name, field in unlabelled.items():
            known = found.get(name)
            empty = known is None or (known.value is None and not self._is_empty_cell(name))
            if empty or (known is not None and _outweighs(name, known, field)):
                found[name] = field
        for name, field in noted_fields(self.page, self.notes).items():
            if (known := found.get(name)) is None or known.value is None:
                found[name] = field
        if "revision" not in found and (latest := self._latest_change) is not None:
            found["revision"] = latest
        _without_echo(found)
        missing = Field(None, "missing", note=NO_FIELD)
        return {name: found.get(name, missing) for name in TITLE_FIELDS}

    @property
    def _latest_change(self) -> Field | None:
        """The last row of the revision table, for a title block without such a field."""
        changes = self.lists.changes
        rows = [] if changes is None else [row["revision"] for row in changes.rows
                                           if row.get("revision")]  # fmt: skip
        if not rows:
            return None
        latest = max(rows, key=lambda runs: (len(runs[0].text), runs[0].text))
        return self.page.field(latest) if latest[0].text.strip("-") else None

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The ruled tables of the page, the title block among them."""
        return tuple(area for area in ruled_areas(self.page.runs) if area.is_table)

    @cached_property
    def box(self) -> Box | None:
        """Around its labels and values; None where there is no title block."""
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
        """Whether something stands in the title block, in another ruled table or in a paragraph
        that states the sheet's data."""
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
        """The fields as rows, with what is missing said."""
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
        """Where the title block and the revision table name different revisions."""
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
        """Fields by their labels: of several labels the one that has a value, weak ones last."""
        found: dict[str, Field] = {}
        sizes = {id(run): area.labels for area in self.areas for run in area.runs}
        order = sorted(
            self._labels, key=lambda label: (label.is_weak, -sizes.get(id(label.item), 0))
        )
        for label in order:
            field = self._inline(label) if label.rest is not None else self._in_its_cell(label)
            known = found.get(label.field)
            if label.field == "sheet" and known and known.value and field.value:
                continue
            if label.field and (known is None or (known.value is None and field.value)):
                found[label.field] = field
        return self._with_sheet_count(found)

    def _with_sheet_count(self, found: dict[str, Field]) -> dict[str, Field]:
        """`Лист 1` and `Листов 2` are sheet 1 of 2."""
        sheet = found.get("sheet")
        for label in self._labels:
            if plain(label.item.text) in _SHEET_COUNTS and sheet is not None and sheet.value:
                total = self._cell(label)
                if total.value and total.value.isdigit() and sheet.value.isdigit():
                    return {**found, "sheet": Field(
                        f"{sheet.value}/{total.value}", "found", sheet.box, sheet.page, sheet.source
                    )}  # fmt: skip
        return found

    def _is_empty_cell(self, name: str) -> bool:
        """Whether the field has a label whose ruled cell holds nothing."""
        return any(
            label.field == name and label.rest is None and label.item.cell is not None
            for label in self._labels
        )

    @cached_property
    def _runs(self) -> tuple[TextItem, ...]:
        tables = [table.box for table in (self.lists.parts, self.lists.changes) if table]
        return tuple(
            run for run in self.page.runs
            if is_upright(run) and not any(inside(run.box, box) for box in tables)
        )  # fmt: skip

    @cached_property
    def _labels(self) -> tuple[_Label, ...]:
        """The labels of the block: those that stand together; of several groups the largest."""
        candidates = [
            label for label in self._candidates
            if label.field != "scale" or not self._is_of_a_view(label)
        ]  # fmt: skip
        groups = _together(candidates, self.areas)
        if not groups:
            return ()
        best = max(groups, key=lambda group: (
            len({label.field for label in group if label.field}),
            max(middle(label.item.box)[1] for label in group),
        ))  # fmt: skip
        best = self._within_its_area(best)
        many = len({label.field for label in best}) >= _FEWEST_LABELS
        if not many and not any(label.colon for label in best):
            return ()
        return tuple(label for label in candidates if label in best)

    def _within_its_area(self, labels: list[_Label]) -> list[_Label]:
        """Where a ruled area holds most of the labels, those beside it belong to something else."""
        held = [
            [label for label in labels if any(label.item is run for run in area.runs)]
            for area in self.areas
        ]
        largest = max(held, key=len, default=[])
        if len(largest) < _RULED_LABELS or 2 * len(largest) < len(labels):
            return labels
        ruled = {id(label) for part in held for label in part}
        return [label for label in labels if id(label) in ruled]

    @cached_property
    def _candidates(self) -> list[_Label]:
        found = []
        for run in self._runs:
            name = title_label(run.text)
            if name is not None:
                if not self._is_heading(run, name):
                    found.append(_Label(name, run, None, run.text.rstrip().endswith(":")))
            elif (split := label_and_rest(run.text)) is not None:
                name, rest, colon = split
                sure = name in FORMS and name not in ("number", "material", "finish")
                if (colon or sure) and (fits(name, rest) if sure else True):
                    found.append(_Label(name, run, rest, colon))
        return found

    def _is_heading(self, run: TextItem, name: str) -> bool:
        """`NAME` beside `SIGNATURE` and `DATE` heads a column of people."""
        if name not in ("title", "company") or plain(run.text) not in WEAK_LABELS | {"firma"}:
            return False
        return any(
            plain(other.text) in _HEADINGS
            and abs(middle(other.box)[1] - middle(run.box)[1]) <= 0.8 * run.box[3]
            for other in self._runs
            if other is not run
        )

    def _is_of_a_view(self, label: _Label) -> bool:
        """`SCALE 2:1` below `DETAIL C` is that detail's."""
        x, y, width, height = label.item.box
        return any(
            is_view_name(run.text)
            and -0.5 * height <= y - run.box[1] - run.box[3] <= 3.5 * height
            and run.box[0] < x + width + height
            and run.box[0] + run.box[2] > x - height
            for run in self._runs
        )

    def _inline(self, label: _Label) -> Field:
        rest = label.rest or ""
        if not fits(label.field, rest):
            return self._nothing(label)
        return self.page.field([label.item], rest)

    def _in_its_cell(self, label: _Label) -> Field:
        """The value, unless it stands so much lower than the others that it is the next cell's."""
        field = self._cell(label)
        drop = _drop(label, field)
        ruled = label.item.cell is not None
        if not ruled and drop and self._usual_drop and drop > _LOWEST * self._usual_drop:
            return self._nothing(label)
        return field

    @cached_property
    def _usual_drop(self) -> float:
        """How far below their labels the values stand, in canvas pixels; 0 where few tell."""
        drops = [
            drop for label in self._labels if label.rest is None and label.field
            if (drop := _drop(label, self._cell(label))) is not None
            and drop > 0.8 * label.item.box[3]
        ]  # fmt: skip
        return median(drops) if len(drops) > _FEWEST_LABELS else 0.0

    def _cell(self, label: _Label) -> Field:
        runs = self._near(label)
        cell = label.item.cell
        if cell is None:
            return self._value(label, [run for run in runs if run.cell is None])
        own = [run for run in runs if _same_cell(run.cell, cell)]
        if own:
            return self._value(label, own)
        if not _fills_its_cell(label.item) and label.field != "date":
            return self._nothing(label)
        for beside in (_is_right_of, _is_below):
            next_cell = next(
                (run.cell for run in self._runs if run.cell and beside(cell, run.cell)), None
            )
            if next_cell is None:
                continue
            others = [run for run in self._runs if _same_cell(run.cell, next_cell)]
            labels = {id(other.item) for other in self._labels}
            if any(id(run) in labels for run in others):
                continue
            field = self._value(label, others)
            if field.value:
                return field
        return self._nothing(label)

    def _near(self, label: _Label) -> list[TextItem]:
        """The runs between a label and the next ones, to the right and below."""
        x, y, width, height = label.item.box
        right = min(
            (other.item.box[0] for other in self._labels
             if abs(middle(other.item.box)[1] - middle(label.item.box)[1]) <= 0.8 * height
             and other.item.box[0] > x + 0.5 * width),
            default=float("inf"),
        )  # fmt: skip
        cell = label.item.cell
        wide = x + width + _REACH_RIGHT * height if cell is None else cell[0] + cell[2]
        reach = min(right - 0.2 * height, wide)
        below = min(
            (other.item.box[1] for other in self._labels
             if other.item.box[1] > y + 0.8 * height
             and other.item.box[0] < reach and other.item.box[0] + other.item.box[2] > x),
            default=float("inf"),
        )  # fmt: skip
        deep = y + height + _REACH_DOWN * height if cell is None else cell[1] + cell[3]
        floor = min(below, deep)
        labels = {id(other.item) for other in self._labels}
        start = x - 0.6 * height if cell is None else cell[0] - 3 * height
        return [
            run for run in self._runs
            if id(run) not in labels
            and start <= middle(run.box)[0] - (0 if cell else run.box[2] / 2)
            and (run.box[0] <= reach)
            and y + 0.3 * height <= run.box[1] + run.box[3]
            and run.box[1] + 0.6 * run.box[3] < floor
        ]  # fmt: skip

    def _value(self, label: _Label, runs: Sequence[TextItem]) -> Field:
        fitting = [
            run for run in runs
            if fits(label.field, run.text) and not _PLACEHOLDER.search(run.text)
        ]  # fmt: skip
        if not fitting:
            return self._nothing(label)
        if label.field in ("title", "number"):
            tallest = max(run.box[3] for run in fitting)
            fitting = [run for run in fitting if run.box[3] >= _TALL_ENOUGH * tallest]
        fitting = [run for row in rows_of(fitting) for run in row]
        if label.item.cell is None:
            beside = [run for run in fitting if _is_beside(label.item, run)]
            fitting = beside or fitting
        chosen = fitting if label.field in LONG else fitting[:1]
        said = " ".join(run.text for run in chosen)
        return self.page.field(chosen, _INTRODUCED.sub("", said))

    def _nothing(self, label: _Label) -> Field:
        page = self.page.text.page
        return Field(None, "missing", label.item.box, page, source([label.item]), EMPTY_CELL)

    def _elsewhere(self, pattern: re.Pattern[str]) -> Field | None:
        for run in self._runs:
            if match := pattern.search(fold(run.text)):
                said = next(part for part in match.groups() if part)
                return self.page.field([run], said)
        return None

    def _by_places(self, found: dict[str, Field]) -> None:
        """General tolerances by the number of decimals, which stand in several lines."""
        known = found.get("general_tolerance")
        if known is not None and known.value and re.search(r"2768|7168|0405|1804", known.value):
            return
        rows = [
            row for row in rows_within(self._runs)
            if place_tolerances(fold(row.text)).says_anything
        ]  # fmt: skip
        said = " ".join(row.text for row in rows)
        if rows and place_tolerances(fold(said)):
            text = re.sub(r"(?i)^\s*tolerances?\s*:?\s*", "", said)
            found["general_tolerance"] = self.page.field(
                [run for row in rows for run in row.runs], text
            )


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


#: What leads up to a value: `acc. to ISO 2768-m`, `: C45`.
_INTRODUCED = re.compile(
    r"^\s*(?::\s*|(?i:acc(?:ording|\.)?(?: to)?|nach|gemäß|selon|secondo|per)\s+(?=ISO|DIN|EN))"
)
#: What a template shows where nobody filled it in.
_PLACEHOLDER = re.compile(r"<[^<>]*>|^[.\s_…-]+$(?<!-)|\$PRP|^(?:n/?a|tbd)$", re.IGNORECASE)
_SHEET_COUNTS = {plain(text) for text in ("листов", "共张", "fogli", "listů", "sheets")}


def _together(labels: Sequence[_Label], areas: Sequence[Area]) -> list[list[_Label]]:
    """Labels in groups that stand close to each other, or in one ruled area."""
    groups: list[list[_Label]] = []
    places = {id(run): number for number, area in enumerate(areas) for run in area.runs}

    def joined(one: _Label, other: _Label) -> bool:
        same = places.get(id(one.item), -1) == places.get(id(other.item), -2)
        return same or _close(one, other)

    for label in labels:
        near = [group for group in groups if any(joined(label, other) for other in group)]
        for group in near:
            groups.remove(group)
        groups.append([label, *(other for group in near for other in group)])
    return groups


def _close(one: _Label, other: _Label) -> bool:
    reach = _NEAR_LABELS * min(one.item.box[3], other.item.box[3])
    (x, y), (u, v) = middle(one.item.box), middle(other.item.box)
    return abs(x - u) <= reach and abs(y - v) <= reach


def _same_cell(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return False
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))


def _fills_its_cell(item: TextItem) -> bool:
    """Whether the label is alone in its cell by design: in its middle, or without room below."""
    if item.cell is None:
        return False
    _, y, _, height = item.cell
    room = y + height - item.box[1] - item.box[3]
    above = item.box[1] - y
    return height <= 2.6 * item.box[3] or abs(room - above) <= 0.35 * height


def _is_beside(label: TextItem, run: TextItem) -> bool:
    """Whether a run goes on after a label on its line."""
    tall = min(label.box[3], run.box[3])
    level = abs(label.box[1] + label.box[3] - run.box[1] - run.box[3]) <= 0.35 * tall
    return level and run.box[0] >= label.box[0] + label.box[2] - 0.5 * tall


def _is_right_of(cell: Box, other: Box) -> bool:
    level = abs(cell[1] - other[1]) <= 8 and abs(cell[3] - other[3]) <= 10
    return level and abs(other[0] - cell[0] - cell[2]) <= 8


def _is_below(cell: Box, other: Box) -> bool:
    level = abs(cell[0] - other[0]) <= 8 and abs(cell[2] - other[2]) <= 10
    return level and abs(other[1] - cell[1] - cell[3]) <= 8


def _drop(label: _Label, field: Field) -> float | None:
    """From the label's middle down to that of the value's first line, in canvas pixels."""
    if field.value is None or field.box is None:
        return None
    first = field.box[1] + min(field.box[3], 4 * label.item.box[3]) / 2
    return first - middle(label.item.box)[1]


def _grown(box: Box, by: float) -> Box:
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)
