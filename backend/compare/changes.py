"""Finds the changes between the texts of two aligned sheets: changed, moved, added, removed.

Pure. Each text is matched once, in this order: equal texts in the same place; texts split
differently; groups that moved together; distinctive texts that moved; different texts in the same
place; remaining equal texts, as moved; callouts whose value changed as they moved. All other texts
are added or removed.
"""

from __future__ import annotations

import cmath
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from backend.compare.alignment import Alignment, Size
from backend.compare.counterparts import callout_kind, counterparts
from backend.compare.runs import Grid, Open, Run, runs_of, turned_alike
from backend.compare.spelling import spelling
from backend.drawing import TextItem
from backend.geometry import Box

Kind = Literal["changed", "moved", "added", "removed"]

#: Same place: within a letter's height, or this share of the diagonal (0.7 mm on A4).
NEAR = 0.002
#: Overlap of two texts in the same place, as a share of the smaller box.
OVERLAP = 0.4
#: Different texts that must have moved alike to form a group.
GROUP = 3
#: Limits on the groups searched for, and on the copies of a text that are compared; more only take
#: time.
GROUPS, COPIES = 20, 16
#: A text with fewer letters and digits is not distinctive.
DISTINCTIVE = 4


@dataclass(frozen=True, slots=True)
class Side:
    """One sheet's part of a change: its text (None if missing), and its place in canvas pixels."""

    text: str | None
    box: Box


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Each side has a place, even if its text is missing. `moved`: a changed text
    is also in another place."""

    kind: Kind
    old: Side
    new: Side
    moved: bool = False


def find_changes(
    old: Sequence[TextItem], new: Sequence[TextItem], alignment: Alignment, new_size: Size
) -> list[Change]:
    """All differences between the texts, in reading order of the new sheet."""
    near = NEAR * math.hypot(*new_size)
    ours, theirs = runs_of(old, alignment, near), runs_of(new, None, near)
    cell = max(8 * near, 1.0)
    left = Open.of(ours, theirs, near, cell)
    left.pair_best("same", _same_place(left))
    _pair_recut(left)
    _pair_groups(left)
    left.pair_best("moved", _distinctive(left, ours, theirs))
    left.pair_best("changed", _other_words(left))
    left.pair_best("moved", _equal(left))
    left.pair_best("changed and moved", counterparts(left))
    changes = [
        Change("moved" if kind == "moved" else "changed", Side(one.text, one.own),
               Side(other.text, other.own), kind == "changed and moved")
        for kind, one, other in left.pairs if kind != "same"
    ]  # fmt: skip
    changes += [
        Change("removed", Side(run.text, run.own), Side(None, run.box)) for run in left.old.values()
    ]
    changes += [
        Change("added", Side(None, alignment.back(run.own)), Side(run.text, run.own))
        for run in left.new.values()
    ]
    return _as_read(changes)


def _as_read(changes: Sequence[Change]) -> list[Change]:
    """Sort row by row from the top; a change less than half a letter lower is in the same row."""
    rows: list[list[Change]] = []
    end = -math.inf
    for change in sorted(changes, key=lambda one: one.new.box.y):
        _, top, width, height = change.new.box
        if top > end:
            rows.append([])
            end = top + min(width, height) / 2
        rows[-1].append(change)
    return [one for row in rows for one in sorted(row, key=lambda one: one.new.box.x)]


def _same_place(left: Open) -> Iterator[tuple[float, Run, Run]]:
    grid = left.new_grid()
    for one in left.old.values():
        reach = max(left.near, one.height)
        point = Box(one.centre.real, one.centre.imag, 0.0, 0.0)
        for other in grid.within(point, reach):
            if other.key == one.key and turned_alike(one, other):
                yield abs(other.centre - one.centre), one, other


def _pair_recut(left: Open) -> None:
    """Match several texts of one sheet with a single text of the other, equal or changed."""
    for wholes, grid, whole_is_new in (
        (list(left.new.values()), left.old_grid(), True),
        (list(left.old.values()), left.new_grid(), False),
    ):
        for whole in wholes:
            is_open = left.old if whole_is_new else left.new
            inside = [run for run in grid.within(whole.box, left.near) if id(run) in is_open]
            parts = _in_order([run for run in inside if turned_alike(run, whole)])
            if len(parts) < 2:
                continue
            joined = _joined(parts)
            if whole.key not in (joined.key, "".join(part.key for part in parts)):
                if not any(len(part.key) > 1 and part.key in whole.key for part in parts):
                    continue
                pair = (joined, whole) if whole_is_new else (whole, joined)
                left.pairs.append(("changed", *pair))
            left.close(whole, *parts)


def _in_order(runs: list[Run]) -> list[Run]:
    """Sort in reading order: by line, then along the line."""
    if not runs:
        return runs
    back = cmath.rect(1, -math.radians(runs[0].angle))
    height = max(run.height for run in runs)

    def place(run: Run) -> tuple[int, float]:
        turned = run.centre * back
        return round(turned.imag / height), turned.real

    return sorted(runs, key=place)


def _joined(parts: Sequence[Run]) -> Run:
    text = " ".join(part.text for part in parts)
    own, box = Box.around(part.own for part in parts), Box.around(part.box for part in parts)
    return replace(parts[0], text=text, key=spelling(text), own=own, box=box)


def _equal(left: Open) -> Iterator[tuple[float, Run, Run]]:
    """Equal texts, nearest first; only some of very many copies are tried."""
    by_key: dict[str, list[Run]] = defaultdict(list)
    for run in left.new.values():
        by_key[run.key].append(run)
    tried: Counter[str] = Counter()
    for one in left.old.values():
        tried[one.key] += 1
        if tried[one.key] <= COPIES:
            for other in by_key[one.key][:COPIES]:
                yield abs(other.centre - one.centre), one, other


def _pair_groups(left: Open) -> None:
    """Match views and table rows that moved as a unit, the largest group first."""
    width = 4 * left.near
    pairs = [(other.centre - one.centre, one, other) for _, one, other in _equal(left)]
    for _ in range(GROUPS):
        pairs = [pair for pair in pairs if id(pair[1]) in left.old and id(pair[2]) in left.new]
        ways: dict[tuple[int, int], list[tuple[complex, Run, Run]]] = defaultdict(list)
        for pair in pairs:
            ways[round(pair[0].real / width), round(pair[0].imag / width)].append(pair)
        largest = max(ways.values(), key=_texts, default=[])
        if _texts(largest) < GROUP:
            return
        way = sum(pair[0] for pair in largest) / len(largest)
        near = ((abs(pair[0] - way), pair[1], pair[2]) for pair in pairs)
        left.pair_best("moved", (pair for pair in near if pair[0] <= width))


def _texts(pairs: Sequence[tuple[complex, Run, Run]]) -> int:
    return len({one.key for _, one, _ in pairs})


def _distinctive(
    left: Open, ours: Sequence[Run], theirs: Sequence[Run]
) -> Iterator[tuple[float, Run, Run]]:
    """Texts that occur once on each sheet are the same text, wherever they are.

    Exception: another callout of the same kind has taken the old place. Two bores with exchanged
    sizes are two changes, since the feature in each place has another size now.
    """
    grid = left.new_grid()
    counts = Counter(run.key for run in ours), Counter(run.key for run in theirs)
    for distance, one, other in _equal(left):
        once = counts[0][one.key] == counts[1][one.key] == 1
        letters = [sign for sign in one.key if sign.isalnum()]
        if once and len(letters) >= DISTINCTIVE and any(sign.isalpha() for sign in letters):
            if not _is_replaced(one, grid, left.near):
                yield distance, one, other


def _is_replaced(one: Run, grid: Grid, near: float) -> bool:
    kind = callout_kind(one.key)
    return "#" in kind and any(
        other.key != one.key
        and callout_kind(other.key) == kind
        and one.box.overlap_share(other.box) >= OVERLAP
        and turned_alike(one, other)
        for other in grid.within(one.box, near)
    )


def _other_words(left: Open) -> Iterator[tuple[float, Run, Run]]:
    """Different texts in the same place, ordered by shared area and characters."""
    for one, other in _neighbours(left):
        common = one.box.overlap_share(other.box)
        fits = 0.5 <= one.height / max(other.height, 1e-9) <= 2
        if common >= OVERLAP and fits and turned_alike(one, other):
            alike = SequenceMatcher(None, one.key, other.key, autojunk=False).ratio()
            yield -common - alike, one, other


def _neighbours(left: Open) -> Iterator[tuple[Run, Run]]:
    """Pairs with the centre of one inside the other's box, or slightly outside."""
    new, old = left.new_grid(), left.old_grid()
    for one in left.old.values():
        for other in new.within(one.box, left.near):
            yield one, other
    for other in left.new.values():
        for one in old.within(other.box, left.near):
            yield one, other
