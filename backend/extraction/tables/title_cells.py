"""Finds the values of title block labels: in the same ruled cell, in the next one, or nearby.

An empty cell stays empty. The labels come from `title_labels`; this module checks the form of their
values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from backend.drawing import TextItem
from backend.extraction.tables.ruled_tables import rows_of
from backend.extraction.tables.sheet_page import SheetPage, middle, source
from backend.extraction.tables.table import Field
from backend.extraction.tables.title_forms import LONG, fits
from backend.extraction.tables.title_labels import FEWEST_LABELS, Label
from backend.geometry import Box

#: How far from its label a value may begin, in heights of the label: to the right, below.
_REACH_RIGHT, _REACH_DOWN = 20.0, 10.0
#: A value this many times lower than usual in this title block belongs to another cell.
_LOWEST = 1.8
#: Texts of a cell that are this much smaller than the tallest are remarks beside the value.
_TALL_ENOUGH = 0.62
EMPTY_CELL = "Its cell has no text; a symbol may be drawn there."
#: Text before a value: `acc. to ISO 2768-m`, `: C45`.
_INTRODUCED = re.compile(
    r"^\s*(?::\s*|(?i:acc(?:ording|\.)?(?: to)?|nach|gemäß|selon|secondo|per)\s+(?=ISO|DIN|EN))"
)
#: The placeholder text of a template that was not filled in.
_PLACEHOLDER = re.compile(r"<[^<>]*>|^[.\s_…-]+$(?<!-)|\$PRP|^(?:n/?a|tbd)$", re.IGNORECASE)


@dataclass(frozen=True)
class TitleCells:
    """Values by label; `runs` are the page's upright runs outside its tables."""

    page: SheetPage
    runs: tuple[TextItem, ...]
    labels: tuple[Label, ...]

    def field_of(self, label: Label) -> Field:
        """Return the label's value with its place, `missing` if its cell has none."""
        return self._inline(label) if label.rest is not None else self._in_its_cell(label)

    def _inline(self, label: Label) -> Field:
        rest = label.rest or ""
        if not fits(label.field, rest):
            return self._nothing(label)
        return self.page.field([label.item], rest)

    def _in_its_cell(self, label: Label) -> Field:
        """Return the value, unless it is so far below the others that it belongs to the
        next cell.
        """
        field = self.in_cell(label)
        drop = _drop(label, field)
        ruled = label.item.cell is not None
        if not ruled and drop and self._usual_drop and drop > _LOWEST * self._usual_drop:
            return self._nothing(label)
        return field

    @cached_property
    def _usual_drop(self) -> float:
        """Return how far below their labels the values are, in canvas pixels; 0 if there are too
        few.
        """
        drops = [
            drop for label in self.labels if label.rest is None and label.field
            if (drop := _drop(label, self.in_cell(label))) is not None
            and drop > 0.8 * label.item.box[3]
        ]  # fmt: skip
        return median(drops) if len(drops) > FEWEST_LABELS else 0.0

    def in_cell(self, label: Label) -> Field:
        """Return the value in the label's own cell or, if that is a heading, in the next one."""
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
                (run.cell for run in self.runs if run.cell and beside(cell, run.cell)), None
            )
            if next_cell is None:
                continue
            others = [run for run in self.runs if _same_cell(run.cell, next_cell)]
            labels = {id(other.item) for other in self.labels}
            if any(id(run) in labels for run in others):
                continue
            field = self._value(label, others)
            if field.value:
                return field
        return self._nothing(label)

    def _near(self, label: Label) -> list[TextItem]:
        """Return the runs between a label and the next ones, to the right and below."""
        x, y, width, height = label.item.box
        right = min(
            (other.item.box[0] for other in self.labels
             if abs(middle(other.item.box)[1] - middle(label.item.box)[1]) <= 0.8 * height
             and other.item.box[0] > x + 0.5 * width),
            default=float("inf"),
        )  # fmt: skip
        cell = label.item.cell
        wide = x + width + _REACH_RIGHT * height if cell is None else cell[0] + cell[2]
        reach = min(right - 0.2 * height, wide)
        below = min(
            (other.item.box[1] for other in self.labels
             if other.item.box[1] > y + 0.8 * height
             and other.item.box[0] < reach and other.item.box[0] + other.item.box[2] > x),
            default=float("inf"),
        )  # fmt: skip
        deep = y + height + _REACH_DOWN * height if cell is None else cell[1] + cell[3]
        floor = min(below, deep)
        labels = {id(other.item) for other in self.labels}
        start = x - 0.6 * height if cell is None else cell[0] - 3 * height
        return [
            run for run in self.runs
            if id(run) not in labels
            and start <= middle(run.box)[0] - (0 if cell else run.box[2] / 2)
            and (run.box[0] <= reach)
            and y + 0.3 * height <= run.box[1] + run.box[3]
            and run.box[1] + 0.6 * run.box[3] < floor
        ]  # fmt: skip

    def _value(self, label: Label, runs: Sequence[TextItem]) -> Field:
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

    def _nothing(self, label: Label) -> Field:
        page = self.page.text.page
        return Field(None, "missing", label.item.box, page, source([label.item]), EMPTY_CELL)


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
    """Whether a run continues after a label on its line."""
    tall = min(label.box[3], run.box[3])
    level = abs(label.box[1] + label.box[3] - run.box[1] - run.box[3]) <= 0.35 * tall
    return level and run.box[0] >= label.box[0] + label.box[2] - 0.5 * tall


def _is_right_of(cell: Box, other: Box) -> bool:
    level = abs(cell[1] - other[1]) <= 8 and abs(cell[3] - other[3]) <= 10
    return level and abs(other[0] - cell[0] - cell[2]) <= 8


def _is_below(cell: Box, other: Box) -> bool:
    level = abs(cell[0] - other[0]) <= 8 and abs(cell[2] - other[2]) <= 10
    return level and abs(other[1] - cell[1] - cell[3]) <= 8


def _drop(label: Label, field: Field) -> float | None:
    """Return the drop from the label's middle to that of the value's first line, in canvas
    pixels.
    """
    if field.value is None or field.box is None:
        return None
    first = field.box[1] + min(field.box[3], 4 * label.item.box[3]) / 2
    return first - middle(label.item.box)[1]
