"""The title block: each field of ISO 7200 and its value, by label and place.

A cell goes from its label to the next label on the right and below; the value stands in it. What
a field may look like keeps neighbours out of it. A field without a value is said to be missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from backend.drawing import Box, TextItem, union
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.block_tolerances import place_tolerances
from backend.extraction.tables.labels import TITLE_FIELDS, label_and_rest, title_label
from backend.extraction.tables.parts_lists import Lists
from backend.extraction.tables.ruled_tables import rows_of
from backend.extraction.tables.sheet_page import SheetPage, inside, is_upright, middle, source
from backend.extraction.tables.table import COLUMNS, Field, Row, Table

#: How far from its label a value may begin, in heights of the label: to the right of it, below.
_REACH_RIGHT, _REACH_DOWN = 20.0, 10.0
#: A value this many times lower than is usual in this title block belongs to another cell.
_LOWEST = 1.8
#: A label without a colon counts where others stand within this many heights.
_NEAR_LABELS, _FEWEST_LABELS = 40.0, 2

_DATE = (
    r"(?:\d{4}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{1,2}\.?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    r"|\d{1,2}[- ]?[A-Za-z]{3}[- ]?\d{2,4}|\d{4}년\s?\d{1,2}월\s?\d{1,2}일)"
)
_SIZE = r"A[0-5](?:\s?[xX×]\s?\d)?|[A-E]|ANSI [A-E]"
_RATIO = r"\d+(?:[.,]\d+)?\s*[:/]\s*\d+(?:[.,]\d+)?"
_FORMS: dict[str, re.Pattern[str]] = {
    "number": re.compile(r"(?=.*\d)(?!(?:A[0-5])$).+"),
    "revision": re.compile(r"[A-Z]{1,2}|\d{1,3}|[A-Z]\d{1,2}|\d{1,2}[A-Z]|[A-Z\d]\.\d{1,2}"),
    "mass": re.compile(r"(?i)[~≈]?\s*\d+(?:[.,]\d+)?\s*(?:k?g|lbs?|t)?"),
    "scale": re.compile(rf"(?i)(?:M\s?)?{_RATIO}(?:\s*\(.*\))?|N\.?T\.?S\.?|N/?S|full|none"),
    "sheet": re.compile(r"(?i)\d{1,4}(?:\s*(?:of|von|/|-)\s*\d{1,4})?"),
    "size": re.compile(_SIZE),
    "units": re.compile(r"(?i)mm|millimet(?:er|re)s?|in(?:ch(?:es)?)?|zoll|cm|m|밀리미터"),
    "date": re.compile(_DATE),
    "projection": re.compile(r"(?i).*(?:first|third|1st|3rd|angle|method|각법).*"),
    **dict.fromkeys(
        ("drawn", "checked", "approved"), re.compile(rf"(?!{_DATE}$)(?=.*\w).*[^\W\d].*")
    ),
}  # fmt: skip
#: Fields whose value may go over several lines.
_LONG = ("title", "material", "finish", "general_tolerance", "company")
#: What stands on a sheet without a label of its own.
_ANYWHERE: dict[str, re.Pattern[str]] = {
    "units": re.compile(
        r"(?i)(?:dimensions|maße|all dim\w*)\b.{0,20}?\b(millimet(?:er|re)s?|mm|inch(?:es)?|zoll)\b"
        r"|(?:단위)\s*[:;]?\s*(mm|inch)"
    ),
    "general_tolerance": re.compile(
        r"(?i)\b((?:DIN |EN |KS B )*ISO\s?"
        r"(?:2768(?:\s?-\s?1)?(?:\s?-\s?|\s)[fmcv][HKL]?(?!\w)|22081))"
    ),
    "projection": re.compile(r"(?i)\b((?:first|third|1st|3rd)[ -]angle)\b|(제?\s?[13]각법)"),
}  # fmt: skip

NO_FIELD = "The sheet's text has no such field."
NO_TITLE_BLOCK = "The sheet's text has no title block."


@dataclass(frozen=True)
class _Label:
    field: str
    item: TextItem
    rest: str | None = None


@dataclass(frozen=True)
class TitleBlock:
    """The title block of a page."""

    page: SheetPage
    lists: Lists

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field of `TITLE_FIELDS`; those that the text has not are `missing`."""
        found: dict[str, Field] = {}
        for label in self._labels:
            field = self._inline(label) if label.rest is not None else self._in_its_cell(label)
            known = found.get(label.field)
            if label.field and (known is None or (known.value is None and field.value)):
                found[label.field] = field
        for name, pattern in _ANYWHERE.items():
            if (known := found.get(name)) is None or known.value is None:
                elsewhere = self._elsewhere(pattern)
                found = {**found, name: elsewhere} if elsewhere else found
        self._sizes(found)
        self._by_places(found)
        missing = Field(None, "missing", note=NO_FIELD)
        return {name: found.get(name, missing) for name in TITLE_FIELDS}

    @cached_property
    def box(self) -> Box | None:
        """Around its labels and values; None where there is no title block."""
        labels = [label.item.box for label in self._labels]
        if not labels:
            return None
        area = union(labels)
        values = [
            field.box for field in self.fields.values()
            if field.box and inside(field.box, _grown(area, 8 * labels[0][3]))
        ]  # fmt: skip
        return union([area, *values])

    def table(self) -> Table:
        """One row for each field."""
        page = self.page.text.page
        rows = tuple(
            Row(
                f"p{page}-{name}",
                page,
                {"field": Field(name, "found", page=page), "value": field},
                field.box,
            )
            for name, field in self.fields.items()
        )
        notes = () if self._labels else (NO_TITLE_BLOCK,)
        return Table("title_block", COLUMNS["title_block"], rows, (*notes, *self._doubts()))

    def _doubts(self) -> list[str]:
        """Where title block and revision table disagree."""
        written, changes = self.fields["revision"].value, self.lists.changes
        if changes is None or written is None:
            return []
        listed = ["".join(run.text for run in row.get("revision", ())) for row in changes.rows]
        latest = max(listed, key=lambda name: (len(name), name))
        if latest == written:
            return []
        return [f"The title block says revision {written}, the revision table goes to {latest}."]

    @cached_property
    def _runs(self) -> tuple[TextItem, ...]:
        tables = [table.box for table in (self.lists.parts, self.lists.changes) if table]
        return tuple(
            run for run in self.page.runs
            if is_upright(run) and not any(inside(run.box, box) for box in tables)
        )  # fmt: skip

    @cached_property
    def _labels(self) -> tuple[_Label, ...]:
        candidates: list[tuple[_Label, bool]] = []
        for run in self._runs:
            name = title_label(run.text)
            if name is not None:
                candidates.append((_Label(name, run), run.text.rstrip().endswith(":")))
            elif (split := label_and_rest(run.text)) is not None:
                name, rest, colon = split
                fits = _FORMS[name].fullmatch(fold(rest)) if name in _FORMS else None
                if colon or fits:
                    candidates.append((_Label(name, run, rest), colon))
        return tuple(
            label for label, sure in candidates
            if sure or self._company_of(label, candidates) >= _FEWEST_LABELS
        )  # fmt: skip

    def _company_of(self, label: _Label, others: Sequence[tuple[_Label, bool]]) -> int:
        x, y = middle(label.item.box)
        reach = _NEAR_LABELS * label.item.box[3]
        return sum(
            abs(middle(other.item.box)[0] - x) <= reach
            and abs(middle(other.item.box)[1] - y) <= reach
            for other, _ in others
            if other is not label
        )

    def _inline(self, label: _Label) -> Field:
        form = _FORMS.get(label.field)
        rest = label.rest or ""
        if form is not None and not form.fullmatch(fold(rest)):
            return self._nothing(label)
        return self.page.field([label.item], rest)

    def _in_its_cell(self, label: _Label) -> Field:
        """The value, unless it stands so much lower than the others that it is the next cell's."""
        field = self._cell(label)
        drop = _drop(label, field)
        if drop is not None and self._usual_drop and drop > _LOWEST * self._usual_drop:
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
        x, y, width, height = label.item.box
        right = min(
            (other.item.box[0] for other in self._labels
             if abs(middle(other.item.box)[1] - middle(label.item.box)[1]) <= 0.8 * height
             and other.item.box[0] > x + 0.5 * width),
            default=float("inf"),
        )  # fmt: skip
        reach = min(right - 0.2 * height, x + width + _REACH_RIGHT * height)
        below = min(
            (other.item.box[1] for other in self._labels
             if other.item.box[1] > y + 0.8 * height
             and other.item.box[0] < reach and other.item.box[0] + other.item.box[2] > x),
            default=float("inf"),
        )  # fmt: skip
        floor = min(below, y + height + _REACH_DOWN * height)
        labels = {id(other.item) for other in self._labels}
        inside_cell = [
            run for run in self._runs
            if id(run) not in labels
            and x - 0.6 * height <= run.box[0] <= reach
            and y + 0.3 * height <= run.box[1] + run.box[3]
            and run.box[1] + 0.6 * run.box[3] < floor
        ]  # fmt: skip
        return self._value(label, inside_cell)

    def _value(self, label: _Label, runs: Sequence[TextItem]) -> Field:
        form = _FORMS.get(label.field)
        fitting = [run for run in runs if form is None or form.fullmatch(fold(run.text).strip())]
        if not fitting:
            return self._nothing(label)
        fitting = [run for row in rows_of(fitting) for run in row]
        chosen = fitting if label.field in _LONG else fitting[:1]
        return self.page.field(chosen)

    def _nothing(self, label: _Label) -> Field:
        note = "Its cell has no text; a symbol may be drawn there."
        page = self.page.text.page
        return Field(None, "missing", label.item.box, page, source([label.item]), note)

    def _elsewhere(self, pattern: re.Pattern[str]) -> Field | None:
        for run in self._runs:
            if match := pattern.search(fold(run.text)):
                said = next(part for part in match.groups() if part)
                return self.page.field([run], said)
        return None

    def _by_places(self, found: dict[str, Field]) -> None:
        """General tolerances by the number of decimals, which stand in several lines."""
        known = found.get("general_tolerance")
        if known is not None and known.value and "2768" in known.value:
            return
        runs = {
            id(part.item): part.item
            for line in self.page.lines(self._runs)
            if place_tolerances(line.text).says_anything
            for part in line.parts
        }
        if runs:
            said = " ".join(run.text for run in runs.values())
            if place_tolerances(fold(said)):
                found["general_tolerance"] = self.page.field(list(runs.values()))

    def _sizes(self, found: dict[str, Field]) -> None:
        """A paper size by itself among the title block's cells needs no label."""
        if "size" in found or not self._labels:
            return
        area = union(label.item.box for label in self._labels)
        for run in self._runs:
            if re.fullmatch(r"A[0-5]", run.text) and inside(run.box, _grown(area, 8 * run.box[3])):
                found["size"] = self.page.field([run])


def _drop(label: _Label, field: Field) -> float | None:
    """From the label's middle down to that of the value's first line, in canvas pixels."""
    if field.value is None or field.box is None:
        return None
    first = field.box[1] + min(field.box[3], 4 * label.item.box[3]) / 2
    return first - middle(label.item.box)[1]


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + 2 * by, box[3] + 2 * by)
