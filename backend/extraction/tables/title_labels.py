"""Finds the labels of a title block: the runs that name a field, grouped by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.extraction.tables.labels import WEAK_LABELS, label_and_rest, plain, title_label
from backend.extraction.tables.sheet_page import middle
from backend.extraction.tables.table_areas import Area
from backend.extraction.tables.title_forms import FORMS, fits
from backend.extraction.views.view_names import is_view_name

#: Labels of one block are within this many heights; fewer than this many are no title block.
_NEAR_LABELS, FEWEST_LABELS = 40.0, 2
#: A ruled area with at least this many labels is the title block.
_RULED_LABELS = 4
_HEADINGS = {plain(text) for text in ("date", "datum", "signature", "data", "дата", "подп", "fecha",
                                      "sign", "日期", "签名")}  # fmt: skip


@dataclass(frozen=True)
class Label:
    """A run that names a field; `rest` is the value that follows in the same run."""

    field: str
    item: TextItem
    rest: str | None = None
    colon: bool = False

    @property
    def is_weak(self) -> bool:
        """Whether the word has other meanings too."""
        return plain(self.item.text) in WEAK_LABELS


def find_labels(runs: Sequence[TextItem], areas: Sequence[Area]) -> tuple[Label, ...]:
    """Return the labels of the block: the largest group of neighbouring labels."""
    candidates = [
        label for label in _candidates(runs)
        if label.field != "scale" or not _is_of_a_view(label, runs)
    ]  # fmt: skip
    groups = _together(candidates, areas)
    if not groups:
        return ()
    best = max(groups, key=lambda group: (
        len({label.field for label in group if label.field}),
        max(middle(label.item.box)[1] for label in group),
    ))  # fmt: skip
    best = _within_its_area(best, areas)
    many = len({label.field for label in best}) >= FEWEST_LABELS
    if not many and not any(label.colon for label in best):
        return ()
    return tuple(label for label in candidates if label in best)


def _within_its_area(labels: list[Label], areas: Sequence[Area]) -> list[Label]:
    """If a ruled area holds most of the labels, drop those beside it."""
    held = [
        [label for label in labels if any(label.item is run for run in area.runs)] for area in areas
    ]
    largest = max(held, key=len, default=[])
    if len(largest) < _RULED_LABELS or 2 * len(largest) < len(labels):
        return labels
    ruled = {id(label) for part in held for label in part}
    return [label for label in labels if id(label) in ruled]


def _candidates(runs: Sequence[TextItem]) -> list[Label]:
    found = []
    for run in runs:
        name = title_label(run.text)
        if name is not None:
            if not _is_heading(run, name, runs):
                found.append(Label(name, run, None, run.text.rstrip().endswith(":")))
        elif (split := label_and_rest(run.text)) is not None:
            name, rest, colon = split
            sure = name in FORMS and name not in ("number", "material", "finish")
            if (colon or sure) and (fits(name, rest) if sure else True):
                found.append(Label(name, run, rest, colon))
    return found


def _is_heading(run: TextItem, name: str, runs: Sequence[TextItem]) -> bool:
    """`NAME` beside `SIGNATURE` and `DATE` is the heading of a column of people."""
    if name not in ("title", "company") or plain(run.text) not in WEAK_LABELS | {"firma"}:
        return False
    return any(
        plain(other.text) in _HEADINGS
        and abs(middle(other.box)[1] - middle(run.box)[1]) <= 0.8 * run.box[3]
        for other in runs
        if other is not run
    )


def _is_of_a_view(label: Label, runs: Sequence[TextItem]) -> bool:
    """`SCALE 2:1` below `DETAIL C` is the scale of that detail."""
    x, y, width, height = label.item.box
    return any(
        is_view_name(run.text)
        and -0.5 * height <= y - run.box[1] - run.box[3] <= 3.5 * height
        and run.box[0] < x + width + height
        and run.box[0] + run.box[2] > x - height
        for run in runs
    )


def _together(labels: Sequence[Label], areas: Sequence[Area]) -> list[list[Label]]:
    """Group labels that are close to each other, or in one ruled area."""
    groups: list[list[Label]] = []
    places = {id(run): number for number, area in enumerate(areas) for run in area.runs}

    def joined(one: Label, other: Label) -> bool:
        same = places.get(id(one.item), -1) == places.get(id(other.item), -2)
        return same or _close(one, other)

    for label in labels:
        near = [group for group in groups if any(joined(label, other) for other in group)]
        for group in near:
            groups.remove(group)
        groups.append([label, *(other for group in near for other in group)])
    return groups


def _close(one: Label, other: Label) -> bool:
    reach = _NEAR_LABELS * min(one.item.box[3], other.item.box[3])
    (x, y), (u, v) = middle(one.item.box), middle(other.item.box)
    return abs(x - u) <= reach and abs(y - v) <= reach
